internal import CMQCommand
internal import CMQCrypto
internal import Glibc

/// A private key from a file or, without one, from standard input.
struct PrivateKeyInput {
    var file: String?

    private var name: String { file ?? "standard input" }

    /// The key as it is stored; says so when others can read the file.
    func read() throws -> StoredPrivateKey {
        guard let file else { return try KeyFile.readPrivateKey(from: STDIN_FILENO, name: name) }
        let key = try KeyFile.readPrivateKey(at: file)
        if let warning = try KeyFile.permissionWarning(at: file) {
            KeygenCommand.diagnostics.warning(warning.message)
            KeygenCommand.diagnostics.hint(warning.hint)
        }
        return key
    }

    /// The key itself, decrypted where it is protected.
    func unlock(passphrase: PassphraseSource) throws -> PrivateKey {
        try read().unlock { try passphrase.existing(for: name) }
    }
}
