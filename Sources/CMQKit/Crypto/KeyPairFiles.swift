public import CMQSecrets
internal import Glibc

/// The two files of a key pair, written together or not at all.
public struct KeyPairFiles: Hashable, Sendable {
    /// `<directory>/<name>_private.key`; with the suffix `pem` for RSA.
    public let privateKeyPath: String
    /// `<directory>/<name>_public.key`; with the suffix `pem` for RSA.
    public let publicKeyPath: String

    /// - Parameters:
    ///   - directory: Where both lie; it must exist.
    ///   - name: What their names start with: 1 to 64 of `A-Z a-z 0-9 . _ -`, beginning with a letter or digit.
    ///   - suffix: What their names end with: `key`, or `pem` for RSA.
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/invalidName``.
    public init(
        directory: String = ".",
        name: String = "receiver",
        suffix: String = "key"
    ) throws(CryptoError) {
        let isPlain = name.utf8.allSatisfy { Self.isAlphanumeric($0) || ".-_".utf8.contains($0) }
        guard let first = name.utf8.first, Self.isAlphanumeric(first), name.utf8.count <= 64, isPlain else {
            throw CryptoError(
                .invalidName,
                "'\(name)' cannot be the name of a key",
                hint: "use 1 to 64 letters, digits, dots, hyphens and underscores, starting with a letter or digit"
            )
        }
        let start = directory.isEmpty || directory == "." ? name : "\(directory)/\(name)"
        privateKeyPath = "\(start)_private.\(suffix)"
        publicKeyPath = "\(start)_public.\(suffix)"
    }

    /// Writes both files. When one of them cannot be written, the other is as it was before.
    ///
    /// - Throws: ``CryptoError`` with ``CryptoError/Code/file``; with ``SafeFile/Existing/refuse``
    ///   ``FileError/isExisting`` tells that one of them was there.
    public func write(
        _ privateKey: StoredPrivateKey,
        _ publicKey: PublicKey,
        existing: SafeFile.Existing = .refuse
    ) throws(CryptoError) {
        try write(
            existing: existing,
            privateKey: { (path, existing) throws(CryptoError) in
                try KeyFile.write(privateKey, to: path, existing: existing)
            },
            publicKey: { (path, existing) throws(CryptoError) in
                try KeyFile.write(publicKey, to: path, existing: existing)
            }
        )
    }

    typealias Writer = (_ path: String, _ existing: SafeFile.Existing) throws(CryptoError) -> Void

    /// Runs both writers, and undoes the first when the second fails.
    func write(
        existing: SafeFile.Existing,
        privateKey: Writer,
        publicKey: Writer
    ) throws(CryptoError) {
        switch existing {
        case .refuse: try writeNew(privateKey, publicKey)
        case .replace: try replace(privateKey, publicKey)
        }
    }

    private func writeNew(_ privateKey: Writer, _ publicKey: Writer) throws(CryptoError) {
        try privateKey(privateKeyPath, .refuse)
        do throws(CryptoError) {
            try publicKey(publicKeyPath, .refuse)
        } catch {
            unlink(privateKeyPath)
            throw error
        }
    }

    private func replace(_ privateKey: Writer, _ publicKey: Writer) throws(CryptoError) {
        // A second name keeps the old key until the new pair is complete.
        let old = "\(privateKeyPath).\(getpid()).old"
        unlink(old)
        let hadKey = link(privateKeyPath, old) == 0
        guard hadKey || errno == ENOENT else {
            throw CryptoError(FileError("replace", privateKeyPath, errno: errno))
        }
        do throws(CryptoError) {
            try privateKey(privateKeyPath, .replace)
            try publicKey(publicKeyPath, .replace)
        } catch {
            if hadKey {
                rename(old, privateKeyPath)
                // Where the first write failed, both names are one file, and renaming leaves both.
                unlink(old)
            } else {
                unlink(privateKeyPath)
            }
            throw error
        }
        if hadKey { unlink(old) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
