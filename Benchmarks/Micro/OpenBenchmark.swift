internal import CMQCrypto
internal import CMQWire

/// Reading and decrypting envelopes of one sender.
final class OpenBenchmark: Microbenchmark {
    static let name = "open"
    private let envelopes: [[UInt8]]
    private let opener: EnvelopeOpener
    private var plaintext: [UInt8] = []

    init() throws {
        let keys = KeyPair()
        envelopes = try SampleMessages.envelopes(100, to: keys)
        opener = EnvelopeOpener(keyPair: keys, clientID: "bob")
    }

    func runRound() throws {
        for envelope in envelopes {
            plaintext.removeAll(keepingCapacity: true)
            try envelope.withUnsafeBytes { try opener.open(try Envelope(json: $0), into: &plaintext) }
        }
        guard plaintext == SampleMessages.plaintext else {
            throw WrongResult(description: "an envelope holds \(plaintext.count) other bytes")
        }
    }
}
