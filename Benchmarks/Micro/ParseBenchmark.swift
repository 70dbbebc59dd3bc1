internal import CMQCrypto
internal import CMQWire

/// From the bytes of a connection to publications: lines, commands, and the check of each envelope.
final class ParseBenchmark: Microbenchmark {
    static let name = "parse"
    private let input: [UInt8]
    private var framer = LineFramer(lineBytesMax: 16 << 20)
    private var receivers = TextMemo()
    let rounds = 50

    init() throws {
        var input: [UInt8] = []
        for envelope in try SampleMessages.envelopes(100, to: KeyPair()) {
            input += Array("publish cmq bob ".utf8) + envelope + [UInt8(ascii: "\n")]
        }
        self.input = input
    }

    func runRound() throws {
        var found = 0
        try input.withUnsafeBytes { bytes in
            var rest = bytes
            while case .line(let length, let consumed) = framer.next(in: rest) {
                let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
                if case .publish(let publication) = CommandParser.parse(line) {
                    let header = try EnvelopeHeader.read(publication.content, receivers: &receivers)
                    found += header.receiver == "bob" ? 1 : 0
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[consumed...])
            }
        }
        guard found == messagesOfRound else { throw WrongResult(description: "\(found) messages were parsed") }
    }
}
