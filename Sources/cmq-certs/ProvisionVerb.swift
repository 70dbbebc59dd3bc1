internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand

/// What happens without a verb.
struct ProvisionVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provision",
        abstract: "Make what is missing of the authority, the server certificate and client certificates.",
        discussion: "This is what happens without a verb. What is there is kept."
    )

    @OptionGroup var options: AuthorityOptions
    @OptionGroup var server: ServerNameOptions

    @Argument(help: ArgumentHelp("The names of the clients.", valueName: "name"))
    var names: [String]

    @Option(help: "For how many days the server's and the clients' certificates are valid.")
    var days = CertificateAuthority.defaultLeafDays

    @Flag(
        name: .customLong("encrypt-ca-key"),
        help: "Encrypt the key of a new authority with a passphrase; --passphrase-file implies it."
    )
    var encryptsKey = false

    func run() throws {
        try reportingCertificateErrors {
            var clients: [CommonName] = []
            for name in names { clients.append(try CommonName(name)) }
            let directory = options.certificates
            var authority = try makeOrKeepAuthority()
            if directory.server.isComplete {
                keep(directory.server, purpose: .server)
            } else {
                let opened = try authority ?? options.openAuthority()
                authority = opened
                try server.issue(by: opened, days: days, replacing: false)
            }
            for client in clients {
                let files = directory.client(client)
                if files.isComplete {
                    keep(files, purpose: .client)
                } else {
                    let opened = try authority ?? options.openAuthority()
                    authority = opened
                    try ClientVerb.issue(client.text, by: opened, days: days, replacing: false)
                }
            }
        }
    }

    /// A new authority; `nil` where there is one, which is opened when the first certificate is due, so that
    /// nobody is asked for a passphrase in vain.
    private func makeOrKeepAuthority() throws -> CertificateAuthority? {
        let files = options.certificates.authority
        if files.hasCertificate || files.hasKey {
            keep(files)
            return nil
        }
        return try options.createAuthority(
            days: CertificateAuthority.defaultDays,
            encrypted: encryptsKey,
            replacing: false
        )
    }

    private func keep(_ files: KeyPairFiles, purpose: CertificatePurpose? = nil) {
        CertsCommand.diagnostics.note("\(files.certificatePath) is there already and was kept")
        do {
            _ = try CertificateVerification.verify(
                files.certificatePath,
                authority: options.certificates.authority.certificatePath,
                purpose: purpose
            )
        } catch {
            CertsCommand.diagnostics.warning("\(files.certificatePath) is of no use: \(error.message)")
        }
    }
}

extension KeyPairFiles {
    var isComplete: Bool { hasCertificate && hasKey }
}
