/// What a receiver can open messages with: a key pair, an RSA key of generation 1.0, or both.
public struct OpeningKeys: Sendable {
    /// Opens what generation 1.3 and later sealed.
    public var keyPair: KeyPair?
    /// Opens what generation 1.0 encrypted.
    public var rsaKey: RSAPrivateKey?

    /// Puts the keys together.
    public init(keyPair: KeyPair? = nil, rsaKey: RSAPrivateKey? = nil) {
        self.keyPair = keyPair
        self.rsaKey = rsaKey
    }
}
