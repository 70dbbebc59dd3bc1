public import CMQSecrets
internal import Glibc

/// PEM files with one RSA key each, as generation 1.0 has them.
public enum RSAKeyFile {
    // Several times the longest form.
    private static let bytesMax = 1 << 16

    /// Whether the file is in PEM, and not a key of ``KeyFile``.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file``.
    public static func isPEM(at path: String) throws(CryptoError) -> Bool {
        try content(at: path).withUnsafeBytes { $0.starts(with: "-----BEGIN ".utf8) }
    }

    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file`` or ``CryptoError/Code/malformedKey``.
    public static func readPrivateKey(at path: String) throws(CryptoError) -> RSAPrivateKey {
        let content = try content(at: path)
        do throws(CryptoError) {
            return try RSAPrivateKey(pem: content)
        } catch {
            throw naming(path, error)
        }
    }

    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file`` or ``CryptoError/Code/malformedKey``.
    public static func readPublicKey(at path: String) throws(CryptoError) -> RSAPublicKey {
        let text = try content(at: path).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        do throws(CryptoError) {
            return try RSAPublicKey(pem: text)
        } catch {
            throw naming(path, error)
        }
    }

    /// Writes a private key with mode 0600, and its public key beside it with mode 0644: both or none of them.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file``.
    public static func write(
        _ key: RSAPrivateKey,
        to files: KeyPairFiles,
        existing: SafeFile.Existing = .refuse
    ) throws(CryptoError) {
        try files.write(
            existing: existing,
            privateKey: { (path, existing) throws(CryptoError) in
                try wrapping { () throws(FileError) in
                    try key.pem.withUnsafeBytes { (bytes) throws(FileError) in
                        try SafeFile.write(bytes, to: path, mode: 0o600, existing: existing)
                    }
                }
            },
            publicKey: { (path, existing) throws(CryptoError) in
                try wrapping { () throws(FileError) in
                    try SafeFile.write(key.publicKey.pem, to: path, mode: 0o644, existing: existing)
                }
            }
        )
    }

    private static func content(at path: String) throws(CryptoError) -> SecretBytes {
        do throws(FileError) {
            return try SafeFile.readSecret(at: path, limit: bytesMax)
        } catch {
            throw CryptoError(error, hint: error.isMissing ? "make a key pair with 'cmq-keygen --rsa'" : nil)
        }
    }

    private static func wrapping(_ body: () throws(FileError) -> Void) throws(CryptoError) {
        do throws(FileError) {
            try body()
        } catch {
            throw CryptoError(error)
        }
    }

    private static func naming(_ path: String, _ error: CryptoError) -> CryptoError {
        var error = error
        error.message = "\(path): \(error.message)"
        return error
    }
}
