internal import ArgumentParser
internal import CMQCommand
internal import CMQCrypto
internal import CMQSecrets

/// `cmq-keygen unprotect`: the inverse of ``Protect``.
struct Unprotect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take the passphrase off a private key file.",
        discussion: """
            The file is replaced in one step and keeps mode 0600.

            EXAMPLE
              cmq-keygen unprotect receiver_private.key
            """
    )

    @Argument(help: "The private key.")
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp("A file with the passphrase; else the terminal.", valueName: "file")
    )
    var passphraseFile: String?

    func run() throws {
        try reportingCryptoErrors {
            let stored = try PrivateKeyInput(file: file).read()
            guard stored.isProtected else {
                throw CommandFailure(.dataError, "\(file) is not protected")
            }
            let key = try stored.unlock { try PassphraseSource(file: passphraseFile).existing(for: file) }
            try KeyFile.write(.plain(key), to: file, existing: .replace)
            KeygenCommand.diagnostics.note("took the passphrase off \(file)")
        }
    }
}
