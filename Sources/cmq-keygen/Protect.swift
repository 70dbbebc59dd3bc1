internal import ArgumentParser
internal import CMQCommand
internal import CMQCrypto
internal import CMQSecrets

/// `cmq-keygen protect`: encrypts a private key where it lies.
struct Protect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Encrypt a private key file under a passphrase.",
        discussion: """
            The file is replaced in one step. Copies and backups of the plain key stay as they are.

            EXAMPLE
              cmq-keygen protect receiver_private.key
            """
    )

    @Argument(help: "The private key.")
    var file: String

    @Option(
        name: .long,
        help: ArgumentHelp("A file with the new passphrase; else the terminal.", valueName: "file")
    )
    var passphraseFile: String?

    func run() throws {
        try reportingCryptoErrors {
            guard case .plain(let key) = try PrivateKeyInput(file: file).read() else {
                throw CommandFailure(
                    .dataError,
                    "\(file) is protected already",
                    hint: "to change its passphrase, run 'cmq-keygen unprotect' first"
                )
            }
            let passphrase = try PassphraseSource(file: passphraseFile).new(for: file)
            let protected = try ProtectedPrivateKey(protecting: key, passphrase: passphrase)
            try KeyFile.write(.protected(protected), to: file, existing: .replace)
            KeygenCommand.diagnostics.note("protected \(file)")
        }
    }
}
