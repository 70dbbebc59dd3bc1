internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand
internal import Foundation

struct InspectVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what certificates say.",
        discussion: """
            EXAMPLES
              cmq-certs inspect certs/server.crt
              cmq-certs inspect --json certs/clients/*/client.crt | jq .days_left
            """
    )

    @Argument(help: ArgumentHelp("Certificates in PEM or DER.", valueName: "file"))
    var files: [String]

    @Flag(help: "Print one JSON object a line for each certificate.")
    var json = false

    func run() throws {
        try reportingCertificateErrors {
            for file in files {
                for certificate in try CertificateInspection.readAll(at: file) {
                    if json {
                        try StandardOutput.print(json: Located(file: file, certificate))
                    } else {
                        try StandardOutput.print(Self.text(certificate, of: file))
                    }
                }
            }
        }
    }

    /// The fields of a certificate with the name of its file among them.
    private struct Located: Encodable {
        let file: String
        let certificate: CertificateInspection

        init(file: String, _ certificate: CertificateInspection) {
            self.file = file
            self.certificate = certificate
        }

        private enum CodingKeys: CodingKey {
            case file
        }

        func encode(to encoder: any Encoder) throws {
            try certificate.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(file, forKey: .file)
        }
    }

    private static func text(_ certificate: CertificateInspection, of file: String) -> String {
        let rows: [(String, String)] = [
            ("subject", certificate.subject),
            ("issuer", certificate.issuer),
            ("serial", certificate.serial),
            ("valid from", certificate.notBefore.formatted(.iso8601)),
            ("valid until", "\(certificate.notAfter.formatted(.iso8601)) (days left: \(certificate.daysLeft))"),
            ("names", certificate.names.joined(separator: ", ")),
            ("authority", certificate.isAuthority ? "yes" : "no"),
            ("key usage", certificate.keyUsage.joined(separator: ", ")),
            ("extended key usage", certificate.extendedKeyUsage.joined(separator: ", ")),
            ("subject key id", certificate.subjectKeyIdentifier ?? ""),
            ("authority key id", certificate.authorityKeyIdentifier ?? ""),
            ("key", certificate.key),
            ("signature", certificate.signature),
            ("SHA-256", certificate.fingerprint),
        ]
        let width = 20
        let lines = rows.filter { !$0.1.isEmpty }.map { name, value in
            "  " + name.padding(toLength: width, withPad: " ", startingAt: 0) + value
        }
        return ([file] + lines).map(Diagnostics.printable).joined(separator: "\n")
    }
}
