internal import CMQSecrets

/// How an envelope is encrypted: the session key to the receiver, and the payload under it.
public enum EnvelopeSuite: String, Hashable, Sendable, CaseIterable {
    /// AES-256-GCM, tag in a member of its own: generations 1.3 and 1.4, and our default.
    case aes256GCM = "aes-256-gcm"
    /// ChaCha20-Poly1305 (RFC 8439), tag at the end of the ciphertext: generation 1.4.1 and later.
    case chaCha20Poly1305 = "chacha20-poly1305"
    /// As ``chaCha20Poly1305``, in the box of generation 1.5, which skips the derivation of its key. For
    /// receivers that open nothing else.
    case chaCha20Poly1305Generation15 = "chacha20-poly1305-1.5"
    /// RSA-OAEP with SHA-1, and AES-128-GCM with a 16-byte nonce and the tag in a member of its own:
    /// generation 1.0. For receivers that open nothing else.
    case rsaAES128GCM = "rsa-aes-128-gcm"

    /// Whether the session key goes to an RSA key, and not to an X25519 key.
    public var needsRSAKey: Bool { self == .rsaAES128GCM }

    var algorithm: AuthenticatedCipher.Algorithm {
        switch self {
        case .aes256GCM: .aes256GCM
        case .chaCha20Poly1305, .chaCha20Poly1305Generation15: .chaCha20Poly1305
        case .rsaAES128GCM: .aes128GCMWithLongNonce
        }
    }

    var hasSeparateTag: Bool { self == .aes256GCM || self == .rsaAES128GCM }

    /// Whether envelopes name their receiver; those of generation 1.0 have no member for it.
    var namesReceiver: Bool { self != .rsaAES128GCM }
}
