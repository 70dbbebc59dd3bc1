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

            With --rsa it writes <name>_private.pem and <name>_public.pem, for senders of CipherMQ 1.0, which \
            encrypt to RSA-2048. Everybody else uses the X25519 keys that are made without it.
            """
    )

    @Option(name: .long, help: ArgumentHelp("Where to write the files.", valueName: "dir"))
    var directory = "."

    @Option(name: .long, help: "What the names of the files start with.")
    var name = "receiver"

    @Flag(name: .long, help: "Replace existing files. What was sealed to the old key can no longer be opened.")
    var force = false

    @Flag(name: .long, help: "Make an RSA-2048 key pair in PEM, for senders of CipherMQ 1.0.")
    var rsa = false

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
        var publicKey: String
        var fingerprint: String
        var privateKeyFile: String
        var publicKeyFile: String
        var protected: Bool
    }

    func validate() throws {
        if passphrase, passphraseFile != nil {
            throw ValidationError("--passphrase and --passphrase-file exclude each other")
        }
        if rsa, passphrase || passphraseFile != nil {
            throw ValidationError("--rsa keys are not protected by a passphrase here; use 'openssl pkcs8' for a copy")
        }
    }

    func run() throws {
        try reportingCryptoErrors {
            if rsa { try generateRSA() } else { try generate() }
        }
    }

    private var existing: SafeFile.Existing { force ? .replace : .refuse }

    private func generate() throws {
        let files = try KeyPairFiles(directory: directory, name: name)
        let pair = KeyPair()
        let stored = try storedForm(of: pair.privateKey, for: files)
        try files.write(stored, pair.publicKey, existing: existing)
        try report(files, pair.publicKey.base64, pair.publicKey.fingerprint, protected: stored.isProtected)
    }

    private func generateRSA() throws {
        let files = try KeyPairFiles(directory: directory, name: name, suffix: "pem")
        let key = try RSAPrivateKey()
        try RSAKeyFile.write(key, to: files, existing: existing)
        try report(files, key.publicKey.pem, key.publicKey.fingerprint, protected: false)
    }

    private func report(_ files: KeyPairFiles, _ publicKey: String, _ fingerprint: String, protected: Bool) throws {
        KeygenCommand.diagnostics.note("wrote \(files.privateKeyPath) and \(files.publicKeyPath)")
        KeygenCommand.diagnostics.note("fingerprint \(fingerprint)")
        let report = Report(
            publicKey: publicKey,
            fingerprint: fingerprint,
            privateKeyFile: files.privateKeyPath,
            publicKeyFile: files.publicKeyPath,
            protected: protected
        )
        // The PEM form has its last line end already.
        try StandardOutput.print(
            json ? StandardOutput.json(report) : publicKey.hasSuffix("\n") ? String(publicKey.dropLast()) : publicKey
        )
    }

    private func storedForm(of key: PrivateKey, for files: KeyPairFiles) throws -> StoredPrivateKey {
        guard passphrase || passphraseFile != nil else { return .plain(key) }
        let secret = try PassphraseSource(file: passphraseFile).new(for: files.privateKeyPath)
        return .protected(try ProtectedPrivateKey(protecting: key, passphrase: secret))
    }
}
