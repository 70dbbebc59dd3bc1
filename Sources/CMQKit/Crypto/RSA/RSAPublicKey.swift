internal import CMQSecrets

/// An RSA public key: what senders of generation 1.0 encrypt session keys to.
public struct RSAPublicKey: Hashable, Sendable {
    /// The lengths of the modulus that are accepted, in bits; generation 1.0 has 2,048.
    static let bits = 2_048...4_096

    /// The SubjectPublicKeyInfo (RFC 5280) in DER.
    public let derRepresentation: [UInt8]
    /// The same in PEM, several lines with their ends.
    public let pem: String

    /// - Parameter pem: `-----BEGIN PUBLIC KEY-----` and so on.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/malformedKey``.
    public init(pem: String) throws(CryptoError) {
        let handle = try Array(pem.utf8).withUnsafeBufferPointer { (bytes) throws(CryptoError) in
            try RSAKeyHandle(publicPEM: UnsafeRawBufferPointer(bytes))
        }
        try self.init(handle)
    }

    init(_ handle: RSAKeyHandle) throws(CryptoError) {
        derRepresentation = try handle.publicDER()
        pem = try handle.publicPEM()
    }

    /// What two people compare to be sure of a key: SHA-256 over the DER form, in lower-case
    /// hexadecimal digits, sixteen groups of four.
    ///
    /// `openssl pkey -pubin -in receiver_public.pem -outform DER | sha256sum` shows the same digits.
    public var fingerprint: String {
        KeyFingerprint.text(of: derRepresentation)
    }
}
