public import CMQSecrets

/// A private key as a file holds it.
public enum StoredPrivateKey: Sendable {
    /// 32 bytes in base64.
    case plain(PrivateKey)
    /// Encrypted under a passphrase.
    case protected(ProtectedPrivateKey)

    /// Whether a passphrase is needed.
    public var isProtected: Bool {
        switch self {
        case .plain: false
        case .protected: true
        }
    }

    /// The key itself; `passphrase` is asked for only when it is needed.
    ///
    /// - Throws: What `passphrase` throws, and ``CryptoError`` as ``ProtectedPrivateKey/unlock(passphrase:)``.
    public func unlock(passphrase: () throws -> SecretBytes) throws -> PrivateKey {
        switch self {
        case .plain(let key): key
        case .protected(let key): try key.unlock(passphrase: passphrase())
        }
    }

    /// The line of the file, with its end.
    var line: SecretBytes {
        switch self {
        case .plain(let key):
            let text = Base64.encode(key.rawRepresentation)
            return SecretBytes(count: text.count + 1) { line in
                text.withUnsafeBytes { line.copyMemory(from: $0) }
                line[text.count] = UInt8(ascii: "\n")
            }
        case .protected(let key): return SecretBytes(copying: Array("\(key.text)\n".utf8))
        }
    }
}
