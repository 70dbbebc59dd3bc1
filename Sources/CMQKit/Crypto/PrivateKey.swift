public import CMQSecrets
internal import CSodium

/// An X25519 private key (RFC 7748) in memory that is wiped after use.
public struct PrivateKey: Sendable {
    /// The length in bytes.
    public static let bytesCount = 32

    /// The 32 bytes of the key.
    public let rawRepresentation: SecretBytes

    /// A new random key.
    public init() {
        rawRepresentation = RandomBytes.makeSecret(count: Self.bytesCount)
    }

    /// - Throws: ``CryptoError`` with ``CryptoError/Code/malformedKey`` unless there are 32 bytes that
    ///   are not all zero.
    public init(rawRepresentation: SecretBytes) throws(CryptoError) {
        guard rawRepresentation.count == Self.bytesCount else {
            throw CryptoError(
                .malformedKey,
                "a private key has \(Self.bytesCount) bytes, not \(rawRepresentation.count)"
            )
        }
        let isZero = rawRepresentation.withUnsafePointer { sodium_is_zero($0, Self.bytesCount) == 1 }
        guard !isZero else { throw CryptoError(.malformedKey, "the private key is all zeros") }
        self.rawRepresentation = rawRepresentation
    }

    /// The public key that belongs to it.
    public var publicKey: PublicKey {
        precondition(Sodium.isReady)
        var point = [UInt8](repeating: 0, count: PublicKey.bytesCount)
        rawRepresentation.withUnsafePointer { _ = crypto_scalarmult_base(&point, $0) }
        guard let publicKey = try? PublicKey(rawRepresentation: point) else {
            // A clamped scalar times the base point is never of low order (RFC 7748, section 5).
            preconditionFailure("X25519 gave a public key of low order")
        }
        return publicKey
    }
}
