internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand

struct ClientVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client",
        abstract: "Issue client certificates.",
        discussion: """
            A name is the identity under which the broker knows the client: 1 to 64 characters.

            EXAMPLES
              cmq-certs client alice bob
              cmq-certs client alice --days 30 --force
            """
    )

    @OptionGroup var options: AuthorityOptions

    @Argument(help: ArgumentHelp("The names of the clients.", valueName: "name"))
    var names: [String]

    @Option(help: "For how many days each certificate is valid.")
    var days = CertificateAuthority.defaultLeafDays

    @Flag(help: "Replace certificates and keys that are there; they are kept as *.old.")
    var force = false

    func run() throws {
        try reportingCertificateErrors {
            // A typing error in the last name should not leave half of the work done.
            for name in names { _ = try CommonName(name) }
            let authority = try options.openAuthority()
            for name in names { try Self.issue(name, by: authority, days: days, replacing: force) }
        }
    }

    static func issue(_ name: String, by authority: CertificateAuthority, days: Int, replacing: Bool) throws {
        let issued = try authority.issueClient(name, days: days, replacing: replacing)
        let files = authority.directory.client(try CommonName(name))
        CertsCommand.diagnostics.note(
            "made \(files.certificatePath) and \(files.keyPath), valid until \(issued.notAfter.day)"
        )
    }
}
