package import CMQSecrets

/// How a public key is encrypted at rest; the raw value is what the column `algorithm` holds.
package enum KeyAlgorithm: String, Sendable, Codable, CaseIterable {
    case aes256GCM = "aes-256-gcm"
    case chaCha20Poly1305 = "chacha20-poly1305"

    package var cipher: AuthenticatedCipher.Algorithm {
        switch self {
        case .aes256GCM: .aes256GCM
        case .chaCha20Poly1305: .chaCha20Poly1305
        }
    }
}
