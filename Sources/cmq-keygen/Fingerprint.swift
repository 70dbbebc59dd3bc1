internal import ArgumentParser
internal import CMQCommand
internal import CMQCrypto
internal import Glibc

/// `cmq-keygen fingerprint`: what two people compare to be sure of a key.
struct Fingerprint: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the fingerprint of a public key.",
        discussion: """
            The fingerprint is SHA-256 over the 32 bytes of the public key, or over the DER form of an RSA key. A plain private key looks like \
            a public one: say --private when the input is one. A file whose name ends in _private.key is \
            taken for one without being told. RSA keys are read from files whose name ends in .pem.

            EXAMPLES
              cmq-keygen fingerprint receiver_public.key
              cmq-keygen fingerprint --private < receiver_private.key
              cmq-keygen fingerprint --json keys/CA-RC_public.key
            """
    )

    @Argument(help: ArgumentHelp("The key; standard input when left out.", valueName: "file"))
    var file: String?

    @Flag(name: .customLong("private"), help: "The input is a private key.")
    var isPrivate = false

    @Option(
        name: .long,
        help: ArgumentHelp("A file with the passphrase of a protected key; else the terminal.", valueName: "file")
    )
    var passphraseFile: String?

    @Flag(name: .long, help: "Print a JSON object: public_key, fingerprint.")
    var json = false

    private struct Report: Encodable {
        var publicKey: String
        var fingerprint: String
    }

    func run() throws {
        try reportingCryptoErrors {
            let report = try report()
            try StandardOutput.print(json ? StandardOutput.json(report) : report.fingerprint)
        }
    }

    private func report() throws -> Report {
        guard let file, file.hasSuffix(".pem") else {
            let key = try publicKey()
            return Report(publicKey: key.base64, fingerprint: key.fingerprint)
        }
        let key =
            isPrivate || file.hasSuffix("_private.pem")
            ? try RSAKeyFile.readPrivateKey(at: file).publicKey : try RSAKeyFile.readPublicKey(at: file)
        return Report(publicKey: key.pem, fingerprint: key.fingerprint)
    }

    private func publicKey() throws -> PublicKey {
        if isPrivate || file?.hasSuffix("_private.key") == true {
            let source = PassphraseSource(file: passphraseFile)
            return try PrivateKeyInput(file: file).unlock(passphrase: source).publicKey
        }
        if let file { return try KeyFile.readPublicKey(at: file) }
        return try KeyFile.readPublicKey(from: STDIN_FILENO, name: "standard input")
    }
}
