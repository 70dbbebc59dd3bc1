internal import CMQSecrets
internal import Glibc

/// A certificate and its key, which belong together and are made and replaced together.
package struct KeyPairFiles: Hashable, Sendable {
    package let certificatePath: String
    package let keyPath: String

    package var hasCertificate: Bool { access(certificatePath, F_OK) == 0 }

    package var hasKey: Bool { access(keyPath, F_OK) == 0 }

    /// Writes both as new files; neither is there after a failure.
    func create(certificate: String, key: SecretBytes) throws(FileError) {
        try Self.write(key, to: keyPath, existing: .refuse)
        do {
            try SafeFile.write(certificate, to: certificatePath, mode: 0o644, existing: .refuse)
        } catch {
            unlink(keyPath)
            throw error
        }
    }

    /// Replaces both, or only the certificate where `key` is `nil`. What was there is kept with `.old`
    /// behind its name, and put back after a failure.
    func replace(certificate: String, key: SecretBytes?) throws(FileError) {
        let keepsCertificate = try Self.keep(certificatePath)
        guard let key else {
            return try SafeFile.write(certificate, to: certificatePath, mode: 0o644, existing: .replace)
        }
        let keepsKey = try Self.keep(keyPath)
        do {
            try Self.write(key, to: keyPath, existing: .replace)
            try SafeFile.write(certificate, to: certificatePath, mode: 0o644, existing: .replace)
        } catch {
            Self.restore(keyPath, kept: keepsKey)
            Self.restore(certificatePath, kept: keepsCertificate)
            throw error
        }
    }

    private static func write(
        _ key: SecretBytes,
        to path: String,
        existing: SafeFile.Existing
    ) throws(FileError) {
        try key.withUnsafeBytes { (bytes) throws(FileError) in
            try SafeFile.write(bytes, to: path, mode: 0o600, existing: existing)
        }
    }

    /// Gives what is at `path` a second name; says whether there was anything.
    private static func keep(_ path: String) throws(FileError) -> Bool {
        let old = "\(path).old"
        guard unlink(old) == 0 || errno == ENOENT else { throw FileError("remove", old, errno: errno) }
        if link(path, old) == 0 { return true }
        if errno == ENOENT { return false }
        throw FileError("keep", path, errno: errno)
    }

    private static func restore(_ path: String, kept: Bool) {
        if kept { rename("\(path).old", path) } else { unlink(path) }
    }
}
