internal import ArgumentParser
internal import CMQCommand
internal import CMQCrypto
internal import CMQSecrets

/// `cmq-keygen [generate]`: a new key pair in two files.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a key pair (the default verb).",
        discussion: """
            Writes <name>_private.key with mode 0600 and <name>_public.key with mode 0644, both or none. \
            Prints the public key on standard output, or with --json one object: public_key, fingerprint, \
            private_key_file, public_key_file, protected.
            """
    )

    @Option(name: .long, help: ArgumentHelp("Where to write the files.", valueName: "dir"))
    var directory = "."

    @Option(name: .long, help: "What the names of the files start with.")
    var name = "receiver"

    @Flag(name: .long, help: "Replace existing files. What was sealed to the old key can no longer be opened.")
    var force = false

    @Flag(name: .long, help: "Encrypt the private key under a passphrase, asked for on the terminal.")
    var passphrase = false

    @Option(
        name: .long,
        help: ArgumentHelp("Encrypt the private key under the passphrase in this file.", valueName: "file")
    )
    var passphraseFile: String?

    @Flag(name: .long, help: "Print a JSON object.")
    var json = false

    private struct Report: Encodable {
        var publicKey: PublicKey
        var fingerprint: String
        var privateKeyFile: String
        var publicKeyFile: String
        var protected: Bool
    }

    func validate() throws {
        if passphrase, passphraseFile != nil {
            throw ValidationError("--passphrase and --passphrase-file exclude each other")
        }
    }

    func run() throws {
        try reportingCryptoErrors {
            let files = try KeyPairFiles(directory: directory, name: name)
            let pair = KeyPair()
            let stored = try storedForm(of: pair.privateKey, for: files)
            try files.write(stored, pair.publicKey, existing: force ? .replace : .refuse)
            let report = Report(
                publicKey: pair.publicKey,
                fingerprint: pair.publicKey.fingerprint,
                privateKeyFile: files.privateKeyPath,
                publicKeyFile: files.publicKeyPath,
                protected: stored.isProtected
            )
            KeygenCommand.diagnostics.note("wrote \(report.privateKeyFile) and \(report.publicKeyFile)")
            KeygenCommand.diagnostics.note("fingerprint \(report.fingerprint)")
            try StandardOutput.print(json ? StandardOutput.json(report) : report.publicKey.base64)
        }
    }

    private func storedForm(of key: PrivateKey, for files: KeyPairFiles) throws -> StoredPrivateKey {
        guard passphrase || passphraseFile != nil else { return .plain(key) }
        let secret = try PassphraseSource(file: passphraseFile).new(for: files.privateKeyPath)
        return .protected(try ProtectedPrivateKey(protecting: key, passphrase: secret))
    }
}
