public import CMQSecrets

/// Files with one key each: 32 bytes in base64 on one line, with or without a line end, or a
/// ``ProtectedPrivateKey``.
public enum KeyFile {
    /// What is to be said about a file although its key can be used.
    public struct Warning: Hashable, Sendable {
        /// One line without a capital and without a full stop.
        public var message: String
        /// The remedy.
        public var hint: String
    }

    // Several times the longest form.
    private static let bytesMax = 4096

    /// Reads a private key, plain or protected.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file`` or ``CryptoError/Code/malformedKey``.
    public static func readPrivateKey(at path: String) throws(CryptoError) -> StoredPrivateKey {
        try parsePrivateKey(try content(at: path, hint: "make a key pair with 'cmq-keygen'"), name: path)
    }

    /// Reads a public key.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file``, ``CryptoError/Code/malformedKey`` or
    ///   ``CryptoError/Code/weakPublicKey``.
    public static func readPublicKey(at path: String) throws(CryptoError) -> PublicKey {
        try parsePublicKey(try content(at: path, hint: nil), name: path)
    }

    /// Reads a private key from an open file, such as standard input.
    ///
    /// - Throws: ``CryptoError`` as ``readPrivateKey(at:)``.
    package static func readPrivateKey(from descriptor: Int32, name: String) throws(CryptoError) -> StoredPrivateKey {
        try parsePrivateKey(try content(from: descriptor, name: name), name: name)
    }

    /// Reads a public key from an open file, such as standard input.
    ///
    /// - Throws: ``CryptoError`` as ``readPublicKey(at:)``.
    package static func readPublicKey(from descriptor: Int32, name: String) throws(CryptoError) -> PublicKey {
        try parsePublicKey(try content(from: descriptor, name: name), name: name)
    }

    /// A warning when other users can read or write the private key at `path`.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file``.
    public static func permissionWarning(at path: String) throws(CryptoError) -> Warning? {
        let mode: UInt32
        do throws(FileError) {
            mode = try SafeFile.permissions(at: path)
        } catch {
            throw CryptoError(error)
        }
        guard mode & 0o077 != 0 else { return nil }
        return Warning(
            message: "other users can use the private key \(path): its mode is 0\(String(mode, radix: 8))",
            hint: "chmod 600 \(path), and replace the key if somebody may have read it"
        )
    }

    /// Writes a private key with mode 0600.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file``.
    public static func write(
        _ key: StoredPrivateKey,
        to path: String,
        existing: SafeFile.Existing = .refuse
    ) throws(CryptoError) {
        let line = key.line
        do throws(FileError) {
            try line.withUnsafeBytes { (bytes) throws(FileError) in
                try SafeFile.write(bytes, to: path, mode: 0o600, existing: existing)
            }
        } catch {
            throw CryptoError(error)
        }
    }

    /// Writes a public key with mode 0644.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file``.
    public static func write(
        _ key: PublicKey,
        to path: String,
        existing: SafeFile.Existing = .refuse
    ) throws(CryptoError) {
        do throws(FileError) {
            try SafeFile.write("\(key.base64)\n", to: path, mode: 0o644, existing: existing)
        } catch {
            throw CryptoError(error)
        }
    }

    private static func content(at path: String, hint: String?) throws(CryptoError) -> SecretBytes {
        do throws(FileError) {
            return try SafeFile.readSecret(at: path, limit: bytesMax)
        } catch {
            throw CryptoError(error, hint: error.isMissing ? hint : nil)
        }
    }

    private static func content(from descriptor: Int32, name: String) throws(CryptoError) -> SecretBytes {
        do throws(FileError) {
            return try SafeFile.readSecret(from: descriptor, name: name, limit: bytesMax)
        } catch {
            throw CryptoError(error)
        }
    }

    private static func parsePrivateKey(_ content: SecretBytes, name: String) throws(CryptoError) -> StoredPrivateKey {
        do throws(CryptoError) {
            return try content.withUnsafeBytes { (bytes) throws(CryptoError) in
                let line = withoutLineEnd(bytes)
                if line.starts(with: ProtectedPrivateKey.marker.utf8) {
                    return .protected(try ProtectedPrivateKey(text: String(decoding: line, as: UTF8.self)))
                }
                try refusePEM(line)
                guard let key = Base64.decodeSecret(line) else {
                    throw CryptoError(.malformedKey, "the private key is not one line of base64")
                }
                return .plain(try PrivateKey(rawRepresentation: key))
            }
        } catch {
            throw naming(name, error)
        }
    }

    private static func parsePublicKey(_ content: SecretBytes, name: String) throws(CryptoError) -> PublicKey {
        do throws(CryptoError) {
            return try content.withUnsafeBytes { (bytes) throws(CryptoError) in
                let line = withoutLineEnd(bytes)
                guard !line.starts(with: ProtectedPrivateKey.marker.utf8) else {
                    throw CryptoError(.malformedKey, "this is a private key, not a public one")
                }
                try refusePEM(line)
                guard let key = Base64.decode(line) else {
                    throw CryptoError(.malformedKey, "the public key is not one line of base64")
                }
                return try PublicKey(rawRepresentation: key)
            }
        } catch {
            throw naming(name, error)
        }
    }

    private static func refusePEM(_ line: UnsafeRawBufferPointer) throws(CryptoError) {
        guard line.starts(with: "-----BEGIN".utf8) else { return }
        throw CryptoError(
            .malformedKey,
            "this is a PEM file, not an X25519 key in base64",
            hint: "make a key pair with 'cmq-keygen'; TLS keys do not open messages, and RSA keys only those of 1.0"
        )
    }

    private static func naming(_ name: String, _ error: CryptoError) -> CryptoError {
        var error = error
        error.message = "\(name): \(error.message)"
        return error
    }

    private static func withoutLineEnd(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var end = bytes.count
        while end > 0, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[..<end])
    }
}
