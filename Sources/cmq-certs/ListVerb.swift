internal import ArgumentParser
internal import CMQCertificates
internal import CMQCommand
internal import Foundation

struct ListVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show what was issued, when it ends and what is revoked.",
        discussion: """
            EXAMPLES
              cmq-certs list
              cmq-certs list --json | jq -r 'select(.status == "valid") | .subject'
            """
    )

    @OptionGroup var folder: DirectoryOption

    @Flag(help: "Print one JSON object a line for each certificate.")
    var json = false

    func run() throws {
        try reportingCertificateErrors {
            let now = Date()
            let certificates = try folder.certificates.listCertificates(now: now)
            if json {
                for certificate in certificates { try StandardOutput.print(json: Row(certificate, now: now)) }
            } else {
                try StandardOutput.print(Self.table(certificates, now: now))
            }
        }
    }

    private struct Row: Encodable {
        let subject: String
        let kind: CertificateKind
        let status: CertificateStatus
        let serial: String
        let notBefore: Date
        let notAfter: Date
        let daysLeft: Int
        let names: [String]
        let path: String
        let revokedAt: Date?
        let revocationReason: RevocationReason?

        private enum CodingKeys: String, CodingKey {
            case subject, kind, status, serial, names, path
            case notBefore = "not_before"
            case notAfter = "not_after"
            case daysLeft = "days_left"
            case revokedAt = "revoked_at"
            case revocationReason = "revocation_reason"
        }

        init(_ certificate: CertificateDirectory.ListedCertificate, now: Date) {
            let entry = certificate.entry
            subject = entry.subject
            kind = entry.kind
            status = certificate.status
            serial = entry.serial
            notBefore = entry.notBefore
            notAfter = entry.notAfter
            daysLeft = entry.notAfter.fullDays(after: now)
            names = entry.names
            path = entry.path
            revokedAt = entry.revoked?.at
            revocationReason = entry.revoked?.reason
        }
    }

    private static func table(_ certificates: [CertificateDirectory.ListedCertificate], now: Date) -> String {
        var rows = [["NAME", "KIND", "STATUS", "ENDS", "DAYS", "SERIAL"]]
        for certificate in certificates {
            let entry = certificate.entry
            let revocation = entry.revoked.map { " \($0.at.day) (\($0.reason.rawValue))" } ?? ""
            rows.append([
                Diagnostics.printable(entry.subject),
                entry.kind.rawValue,
                certificate.status.rawValue + revocation,
                entry.notAfter.day,
                String(entry.notAfter.fullDays(after: now)),
                entry.serial,
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            // The last column needs no blanks behind it.
            zip(row.dropLast(), widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 2) }.joined()
                + (row.last ?? "")
        }
        return lines.joined(separator: "\n")
    }
}
