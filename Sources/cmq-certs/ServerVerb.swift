internal import ArgumentParser
internal import CMQCertificates

struct ServerVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server",
        abstract: "Issue the server certificate.",
        discussion: """
            EXAMPLES
              cmq-certs server
              cmq-certs server --name broker.example --name broker --ip 192.0.2.7
            """
    )

    @OptionGroup var options: AuthorityOptions
    @OptionGroup var server: ServerNameOptions

    @Option(help: "For how many days the certificate is valid.")
    var days = CertificateAuthority.defaultLeafDays

    @Flag(help: "Replace the certificate and the key that are there; they are kept as *.old.")
    var force = false

    func run() throws {
        try reportingCertificateErrors {
            try server.issue(by: try options.openAuthority(), days: days, replacing: force)
        }
    }
}
