internal import CMQSecrets

/// The key that session keys are encrypted to.
public enum ReceiverKey: Hashable, Sendable {
    /// Of generation 1.3 and later.
    case x25519(PublicKey)
    /// Of generation 1.0.
    case rsa(RSAPublicKey)

    /// Encrypts a session key as `suite` has it.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/unknownSuite`` for a suite that needs another kind of key.
    func seal(_ sessionKey: SecretBytes, _ suite: EnvelopeSuite) throws(CryptoError) -> [UInt8] {
        switch (self, suite) {
        case (.x25519(let key), .aes256GCM), (.x25519(let key), .chaCha20Poly1305):
            try SealedBox.seal(sessionKey, to: key)
        case (.x25519(let key), .chaCha20Poly1305Generation15):
            try SealedBox.sealGeneration15(sessionKey, to: key)
        case (.rsa(let key), .rsaAES128GCM):
            try RSAKeyHandle(publicDER: key.derRepresentation).encrypt(sessionKey)
        case (.x25519, .rsaAES128GCM):
            throw CryptoError(.unknownSuite, "\(suite.rawValue) needs an RSA key of the receiver")
        case (.rsa, _):
            throw CryptoError(.unknownSuite, "\(suite.rawValue) needs an X25519 key of the receiver")
        }
    }
}
