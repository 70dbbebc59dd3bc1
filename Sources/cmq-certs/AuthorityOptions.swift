internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand
internal import CMQSecrets

/// What it takes to use the authority's key.
struct AuthorityOptions: ParsableArguments {
    @OptionGroup var folder: DirectoryOption

    @Option(
        help: ArgumentHelp(
            "A file with the passphrase of the authority's key; without it an encrypted key is asked for "
                + "on the terminal.",
            valueName: "file"
        )
    )
    var passphraseFile: String?

    var certificates: CertificateDirectory { folder.certificates }

    func openAuthority() throws -> CertificateAuthority {
        let passphrase = try readPassphrase()
        do {
            return try CertificateAuthority.load(from: certificates, passphrase: passphrase)
        } catch {
            if error.fileError?.isMissing == true {
                throw CommandFailure(.noInput, error.message, hint: "make the authority with 'cmq-certs init'")
            }
            guard error.code == .passphraseRequired else { throw error }
        }
        let answer = try Passphrase.prompt("passphrase for \(certificates.authority.keyPath)", confirm: false)
        return try CertificateAuthority.load(from: certificates, passphrase: answer)
    }

    /// Makes an authority, with a new passphrase where one is wanted.
    func createAuthority(days: Int, encrypted: Bool, replacing: Bool) throws -> CertificateAuthority {
        let files = certificates.authority
        var passphrase = try readPassphrase()
        if encrypted, passphrase == nil {
            passphrase = try Passphrase.prompt("new passphrase for \(files.keyPath)", confirm: true)
        }
        let authority: CertificateAuthority
        do {
            authority = try CertificateAuthority.create(
                in: certificates,
                days: days,
                passphrase: passphrase,
                replacing: replacing
            )
        } catch {
            guard error.fileError?.isExisting == true else { throw error }
            throw CommandFailure(
                .cannotCreate,
                error.message,
                hint: "use --force to replace the authority; whatever it signed is refused from then on"
            )
        }
        CertsCommand.diagnostics.note("made \(files.certificatePath) and \(files.keyPath)")
        return authority
    }

    private func readPassphrase() throws -> SecretBytes? {
        guard let passphraseFile else { return nil }
        return try Passphrase.read(file: passphraseFile, diagnostics: CertsCommand.diagnostics)
    }
}
