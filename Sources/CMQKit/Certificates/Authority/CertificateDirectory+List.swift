package import Foundation

extension CertificateDirectory {
    /// A certificate and what it is good for now.
    package struct ListedCertificate: Sendable {
        package var entry: IssueLedger.Entry
        package var status: CertificateStatus
    }

    /// What the ledger knows, and what earlier tools left in this folder.
    ///
    /// - Throws: ``CertificateError``.
    package func listCertificates(now: Date = Date()) throws(CertificateError) -> [ListedCertificate] {
        let authority = try X509Certificate.read(at: self.authority.certificatePath).authorityIdentifier()
        var entries = try IssueLedger.load(from: self).certificates
        var serials = Set(entries.map(\.serial))
        var onDisk: [(CertificateKind, KeyPairFiles)] = [(.authority, self.authority)]
        for leaf in try leafCertificates() { onDisk.append((leaf.kind, leaf.files(in: self))) }
        for (kind, files) in onDisk {
            let certificate = try X509Certificate.read(at: files.certificatePath)
            guard serials.insert(certificate.serial.hexadecimal).inserted else { continue }
            entries.append(
                try IssueLedger.Entry(
                    certificate,
                    kind: kind,
                    path: relative(files.certificatePath),
                    authority: authority
                )
            )
        }
        return entries.map { ListedCertificate(entry: $0, status: $0.status(now: now, authority: authority)) }
    }
}

/// What an issued certificate is good for, the gravest objection first.
package enum CertificateStatus: String, Sendable, Encodable {
    case revoked
    case expired
    /// Issued by an authority that another one has replaced.
    case orphaned
    case notYetValid = "not-yet-valid"
    /// Still valid, but another certificate has taken its place on disk.
    case replaced
    case valid
}

extension IssueLedger.Entry {
    fileprivate func status(now: Date, authority: String) -> CertificateStatus {
        if revoked != nil { return .revoked }
        if notAfter < now { return .expired }
        if self.authority != authority { return .orphaned }
        if notBefore > now { return .notYetValid }
        return replacedBy == nil ? .valid : .replaced
    }
}
