public import CMQSecrets

/// An RSA private key in memory that is wiped after use: what opens messages of generation 1.0.
public struct RSAPrivateKey: Sendable {
    /// The length of the modulus of new keys, in bits.
    public static let newKeyBits = 2_048

    /// PKCS#8 in PEM.
    let pem: SecretBytes
    /// The public key that belongs to it.
    public let publicKey: RSAPublicKey

    /// A new random key of ``newKeyBits``.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/library``.
    public init() throws(CryptoError) {
        try self.init(try RSAKeyHandle.generate(bits: Self.newKeyBits))
    }

    /// - Parameter pem: PKCS#8 or PKCS#1, without encryption.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/malformedKey``.
    public init(pem: SecretBytes) throws(CryptoError) {
        try self.init(try Self.handle(pem))
    }

    private init(_ handle: RSAKeyHandle) throws(CryptoError) {
        pem = try handle.privatePEM()
        publicKey = try RSAPublicKey(handle)
    }

    func makeHandle() throws(CryptoError) -> RSAKeyHandle {
        try Self.handle(pem)
    }

    private static func handle(_ pem: SecretBytes) throws(CryptoError) -> RSAKeyHandle {
        try pem.withUnsafeBytes { (bytes) throws(CryptoError) in try RSAKeyHandle(privatePEM: bytes) }
    }
}
