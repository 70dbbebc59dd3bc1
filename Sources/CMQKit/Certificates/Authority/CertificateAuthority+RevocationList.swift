internal import CMQSecrets
internal import COpenSSL
package import Foundation

extension CertificateAuthority {
    package static let defaultRevocationListDays = 30

    /// Signs a list of everything that is marked as revoked.
    ///
    /// - Parameter days: How long the list may be used; a newer one has to be in place by then.
    /// - Returns: The list in PEM, and how many certificates are on it.
    /// - Throws: ``CertificateError``.
    package func makeRevocationList(
        days: Int = defaultRevocationListDays,
        now: Date = Date()
    ) throws(CertificateError) -> (pem: String, count: Int) {
        let now = now.wholeSeconds
        let lock = try DirectoryLock(directory.path)
        defer { lock.release() }
        var ledger = try IssueLedger.load(from: directory)
        let number = ledger.takeRevocationListNumber()
        let revoked = ledger.certificates.filter { $0.authority == identifier && $0.revoked != nil }
        let template = RevocationListTemplate(
            number: number,
            thisUpdate: now - CertificateTemplate.clockSkew,
            nextUpdate: try now.adding(days: days),
            revoked: revoked
        )
        let pem = try template.signed(issuer: certificate, issuerKey: key)
        // A number may stay unused, but no two lists may have the same one.
        try ledger.save(to: directory)
        return (pem, revoked.count)
    }

    /// Makes the list and replaces `ca.crl` with it; see ``makeRevocationList(days:now:)``.
    ///
    /// - Returns: How many certificates are on it.
    /// - Throws: ``CertificateError``.
    @discardableResult
    package func writeRevocationList(
        days: Int = defaultRevocationListDays,
        now: Date = Date()
    ) throws(CertificateError) -> Int {
        let list = try makeRevocationList(days: days, now: now)
        try CertificateError.wrapping { () throws(FileError) in
            try SafeFile.write(list.pem, to: directory.revocationListPath, mode: 0o644, existing: .replace)
        }
        return list.count
    }
}
