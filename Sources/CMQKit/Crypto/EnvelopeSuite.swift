internal import CMQSecrets

/// How the payload of an envelope is encrypted under its session key.
public enum EnvelopeSuite: String, Hashable, Sendable, CaseIterable {
    /// AES-256-GCM, tag in a member of its own: generations 1.3 and 1.4, and our default.
    case aes256GCM = "aes-256-gcm"
    /// ChaCha20-Poly1305 (RFC 8439), tag at the end of the ciphertext: generation 1.4.1 and later.
    case chaCha20Poly1305 = "chacha20-poly1305"

    /// The length of a session key in bytes, the same for both.
    static let sessionKeyBytes = 32

    var algorithm: AuthenticatedCipher.Algorithm {
        switch self {
        case .aes256GCM: .aes256GCM
        case .chaCha20Poly1305: .chaCha20Poly1305
        }
    }

    var hasSeparateTag: Bool { self == .aes256GCM }
}
