internal import CMQCommand
internal import CMQSecrets

/// Where a passphrase comes from: a file where one is named, else the terminal.
struct PassphraseSource {
    var file: String?

    /// A passphrase to encrypt with: asked for twice on a terminal.
    func new(for path: String) throws(CommandFailure) -> SecretBytes {
        try read(prompt: "new passphrase for \(path)", confirm: true)
    }

    /// The passphrase that a key is encrypted under.
    func existing(for path: String) throws(CommandFailure) -> SecretBytes {
        try read(prompt: "passphrase for \(path)", confirm: false)
    }

    private func read(prompt: String, confirm: Bool) throws(CommandFailure) -> SecretBytes {
        if let file { return try Passphrase.read(file: file, diagnostics: KeygenCommand.diagnostics) }
        return try Passphrase.prompt(prompt, confirm: confirm)
    }
}
