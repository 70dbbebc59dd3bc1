internal import CMQCertificates
internal import Foundation

/// Certificates in PEM and DER: what they say, and whether an authority signed them.
enum CertificatesTarget {
    private static let file = AnonymousFile()

    static func run(_ bytes: [UInt8]) throws {
        file.write(bytes)
        let now = FuzzAuthority.now
        _ = try? ClientCertificate.parse(der: bytes)
        guard let inspections = try? CertificateInspection.readAll(at: file.path, now: now) else { return }
        try require(!inspections.isEmpty, "no certificate and no error")
        for inspection in inspections { _ = try JSONEncoder().encode(inspection) }
        for purpose in [CertificatePurpose.client, .server, nil] {
            let chain = try? CertificateVerification.verify(
                file.path,
                authority: FuzzAuthority.file.path,
                crl: nil,
                purpose: purpose,
                now: now
            )
            guard let chain else { continue }
            let isOurs = FuzzAuthority.subjects.contains(chain.subject)
            try require(isOurs, "accepts \(chain.subject), which the authority did not sign")
            try require(purpose != .client || chain.subject != "CN=localhost", "takes a server for a client")
            try require(purpose != .server || chain.subject != "CN=alice", "takes a client for a server")
        }
    }
}
