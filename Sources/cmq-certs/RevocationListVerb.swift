internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand

struct RevocationListVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crl",
        abstract: "Sign the list of revoked certificates.",
        discussion: """
            A list must be replaced before its days are over, also when nothing was revoked: a broker that \
            uses one refuses every client from then on.

            EXAMPLES
              cmq-certs crl
              cmq-certs crl --days 7 --output - > /etc/cmq/ca.crl
            """
    )

    @OptionGroup var options: AuthorityOptions

    @Option(help: "For how many days the list may be used.")
    var days = CertificateAuthority.defaultRevocationListDays

    @Option(
        help: ArgumentHelp("'-' for standard output instead of the folder's ca.crl.", valueName: "-")
    )
    var output: String?

    func validate() throws {
        if let output, output != "-" { throw ValidationError("--output takes '-' only") }
    }

    func run() throws {
        try reportingCertificateErrors {
            let authority = try options.openAuthority()
            let count: Int
            if output == nil {
                count = try authority.writeRevocationList(days: days)
                CertsCommand.diagnostics.note("made \(authority.directory.revocationListPath)")
            } else {
                let list = try authority.makeRevocationList(days: days)
                try StandardOutput.write(list.pem)
                count = list.count
            }
            CertsCommand.diagnostics.note(
                "\(count) revoked, to be replaced within \(days) \(days == 1 ? "day" : "days")"
            )
        }
    }
}
