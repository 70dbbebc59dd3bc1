internal import ArgumentParser
internal import CMQCommand
internal import CMQCrypto

/// `cmq-keygen public`: the public key that belongs to a private one.
struct PublicKeyOf: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "public",
        abstract: "Print the public key that belongs to a private key.",
        discussion: """
            EXAMPLE
              cmq-keygen public < receiver_private.key > receiver_public.key
            """
    )

    @Argument(help: ArgumentHelp("The private key; standard input when left out.", valueName: "file"))
    var file: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A file with the passphrase of a protected key; else the terminal.", valueName: "file")
    )
    var passphraseFile: String?

    func run() throws {
        try reportingCryptoErrors {
            let key = try PrivateKeyInput(file: file).unlock(passphrase: PassphraseSource(file: passphraseFile))
            try StandardOutput.print(key.publicKey.base64)
        }
    }
}
