internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand

struct RevokeVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Mark certificates as revoked; 'cmq-certs crl' then publishes it.",
        discussion: """
            A name revokes every certificate that was issued to it, those that a renewal replaced included.

            EXAMPLES
              cmq-certs revoke bob --reason key-compromise
              cmq-certs revoke certs/server.crt.old --reason superseded
            """
    )

    @OptionGroup var folder: DirectoryOption

    @Argument(
        help: ArgumentHelp("A common name, a serial number or a certificate file.", valueName: "name|serial|file")
    )
    var selection: String

    @Option(help: "Why.")
    var reason = RevocationReason.unspecified

    func run() throws {
        try reportingCertificateErrors {
            let directory = folder.certificates
            let outcome = try directory.revoke(selection, reason: reason)
            for entry in outcome.revokedBefore {
                CertsCommand.diagnostics.note("\(entry.subject), serial \(entry.serial), was revoked before")
            }
            for entry in outcome.revoked {
                CertsCommand.diagnostics.note("revoked \(entry.subject), serial \(entry.serial)")
            }
            if !outcome.revoked.isEmpty {
                CertsCommand.diagnostics.hint(
                    "run 'cmq-certs crl' to put it into \(directory.revocationListPath), and have the broker reload"
                )
            }
        }
    }
}

extension RevocationReason: ExpressibleByArgument {}
