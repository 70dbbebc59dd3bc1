internal import CMQSecrets
internal import CSodium

/// An X25519 public key (RFC 7748): what senders seal messages to.
public struct PublicKey: Hashable, Sendable {
    /// The length in bytes.
    public static let bytesCount = 32

    /// The 32 bytes of the key.
    public let rawRepresentation: [UInt8]

    /// - Throws: ``CryptoError`` with ``CryptoError/Code/malformedKey`` unless there are 32 bytes, and
    ///   with ``CryptoError/Code/weakPublicKey`` for a key of low order, with which every shared secret
    ///   is zero (RFC 7748, section 6.1).
    public init(rawRepresentation: [UInt8]) throws(CryptoError) {
        guard rawRepresentation.count == Self.bytesCount else {
            throw CryptoError(
                .malformedKey,
                "a public key has \(Self.bytesCount) bytes, not \(rawRepresentation.count)"
            )
        }
        precondition(Sodium.isReady)
        // Every scalar takes a point of low order to zero; libsodium reports it.
        let anyScalar = [UInt8](repeating: 1, count: Int(crypto_scalarmult_SCALARBYTES))
        var shared = [UInt8](repeating: 0, count: Int(crypto_scalarmult_BYTES))
        guard crypto_scalarmult(&shared, anyScalar, rawRepresentation) == 0 else {
            throw CryptoError(
                .weakPublicKey,
                "the public key is of low order: whatever is sealed to it could be read by anybody",
                hint: "ask the receiver for a new key, and whether somebody replaced it"
            )
        }
        self.rawRepresentation = rawRepresentation
    }

    /// - Parameter base64: 32 bytes in standard base64 with padding, 44 characters.
    /// - Throws: ``CryptoError``, as ``init(rawRepresentation:)`` does.
    public init(base64: some StringProtocol) throws(CryptoError) {
        guard let bytes = Base64.decode(base64) else {
            throw CryptoError(.malformedKey, "the public key is not in base64")
        }
        try self.init(rawRepresentation: bytes)
    }

    /// The key in standard base64 with padding, as files and the wire protocol have it.
    public var base64: String { Base64.encode(rawRepresentation) }

    /// What two people compare to be sure of a key: SHA-256 over the 32 bytes, in lower-case
    /// hexadecimal digits, sixteen groups of four.
    ///
    /// `base64 -d receiver_public.key | sha256sum` shows the same digits.
    public var fingerprint: String {
        KeyFingerprint.text(of: rawRepresentation)
    }
}

extension PublicKey: CustomStringConvertible {
    /// The same as ``base64``.
    public var description: String { base64 }
}

extension PublicKey: Codable {
    /// Reads a base64 text.
    public init(from decoder: any Decoder) throws {
        try self.init(base64: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes a base64 text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(base64)
    }
}
