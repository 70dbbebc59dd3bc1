internal import CMQCrypto
internal import CMQSecrets
internal import CMQWire

/// What a receiver reads from a broker that it does not trust: lines, and sealed envelopes in them.
enum AnswersTarget {
    /// Of the keys that the corpus was sealed to; they protect nothing.
    private static let keyBytes = [UInt8](1...32)
    /// What all envelopes of the corpus hold.
    static let plaintext = Array("fuzz".utf8)

    static let keyPair = (try? PrivateKey(rawRepresentation: SecretBytes(copying: keyBytes))).map { KeyPair($0) }

    static func run(_ bytes: [UInt8]) throws {
        guard let keyPair else { throw FuzzFailure("no key") }
        let opener = EnvelopeOpener(keyPair: keyPair, clientID: "bob")
        for line in bytes.split(separator: 0x0A) {
            try line.withUnsafeBytes { line in
                guard case .message(let id, let text) = ServerLine.parse(line) else { return }
                try require(!id.isEmpty && !id.contains(0x20) && !text.isEmpty, "a message without its parts")
                guard let envelope = try? Envelope(json: text) else { return }
                var output: [UInt8] = [0xA5]
                do {
                    try opener.open(envelope, into: &output)
                } catch {
                    try require(output == [0xA5], "gives away what it could not verify")
                    return
                }
                try require(output == [0xA5] + plaintext, "opens a message that nobody sealed")
            }
        }
    }
}
