internal import CMQCrypto
internal import CMQWire

/// Messages of 512 bytes, as `cmq-send` makes them.
enum SampleMessages {
    static let plaintext = [UInt8](repeating: UInt8(ascii: "x"), count: 512)

    static func messageID(_ number: Int) throws -> MessageID {
        let digits = String(number, radix: 16)
        let tail = String(repeating: "0", count: 12 - digits.count) + digits
        guard let id = MessageID("0193a5b2-7c44-7e9d-8f21-\(tail)") else {
            throw WrongResult(description: "not a message identity: \(tail)")
        }
        return id
    }

    /// One sealer's envelopes, as many as it seals under one session key and more.
    static func envelopes(_ count: Int, to keys: KeyPair) throws -> [[UInt8]] {
        let sealer = MessageSealer(receiver: keys.publicKey, receiverClientID: "bob")
        return try (0..<count).map { try sealer.seal(plaintext, messageID: try messageID($0)) }
    }
}
