internal import COpenSSL
package import Foundation

extension CertificateDirectory {
    /// What ``revoke(_:reason:now:)`` found and did.
    package struct RevocationOutcome: Sendable {
        package var revoked: [IssueLedger.Entry] = []
        /// Those that were revoked before, unchanged.
        package var revokedBefore: [IssueLedger.Entry] = []
    }

    /// Marks certificates as revoked. They are refused once a revocation list made afterwards is in place.
    ///
    /// - Parameter selection: A client's or server's common name, which means every certificate that the
    ///   present authority issued to it, replaced ones included; or a serial number in hexadecimal digits; or
    ///   the path of a certificate file.
    /// - Throws: ``CertificateError``; its code is `notFound` where nothing is meant by `selection`.
    package func revoke(
        _ selection: String,
        reason: RevocationReason = .unspecified,
        now: Date = Date()
    ) throws(CertificateError) -> RevocationOutcome {
        let authority = try X509Certificate.read(at: self.authority.certificatePath)
        let lock = try DirectoryLock(path)
        defer { lock.release() }
        var ledger = try IssueLedger.load(from: self)
        let selected = try select(selection, from: &ledger, authority: authority)
        var outcome = RevocationOutcome()
        for var entry in selected {
            if entry.revoked != nil {
                outcome.revokedBefore.append(entry)
                continue
            }
            let revocation = IssueLedger.Revocation(at: now.wholeSeconds, reason: reason)
            ledger.revoke(serial: entry.serial, revocation)
            entry.revoked = revocation
            outcome.revoked.append(entry)
        }
        if !outcome.revoked.isEmpty { try ledger.save(to: self) }
        return outcome
    }

    private func select(
        _ selection: String,
        from ledger: inout IssueLedger,
        authority: X509Certificate
    ) throws(CertificateError) -> [IssueLedger.Entry] {
        let identifier = try authority.authorityIdentifier()
        let known = ledger.certificates.filter { $0.authority == identifier && $0.kind != .authority }
        let named = known.filter { $0.subject == selection }
        if Set(named.map(\.kind)).count > 1 {
            throw CertificateError(
                .invalidArgument,
                "\(CommonName.quoted(selection)) is the name of a server and of a client: give the file or the serial"
            )
        }
        if !named.isEmpty { return named }
        let serial = selection.lowercased().replacing(":", with: "")
        let numbered = known.filter { $0.serial == serial }
        if !numbered.isEmpty { return numbered }
        if let file = certificateFile(meantBy: selection) {
            return [try adopt(file, into: &ledger, authority: authority, identifier: identifier)]
        }
        throw CertificateError(
            .notFound,
            "\(CommonName.quoted(selection)) is no name or serial of a certificate of "
                + "\(self.authority.certificatePath), and no file"
        )
    }

    /// Certificates of earlier tools are in no ledger, but where they always were.
    private func certificateFile(meantBy selection: String) -> String? {
        if let name = try? CommonName(selection), client(name).hasCertificate {
            return client(name).certificatePath
        }
        return FileManager.default.fileExists(atPath: selection) ? selection : nil
    }

    private func adopt(
        _ file: String,
        into ledger: inout IssueLedger,
        authority: X509Certificate,
        identifier: String
    ) throws(CertificateError) -> IssueLedger.Entry {
        let certificate = try X509Certificate.read(at: file)
        let isIssuedHere = X509_verify(certificate.pointer, X509_get0_pubkey(authority.pointer)) == 1
        OpenSSLErrors.clear()
        guard isIssuedHere, !certificate.isAuthority else {
            throw CertificateError(.invalidArgument, "\(file) was not issued by \(self.authority.certificatePath)")
        }
        let serial = certificate.serial.hexadecimal
        if let entry = ledger.certificates.first(where: { $0.serial == serial }) { return entry }
        let usage = X509_get_extended_key_usage(certificate.pointer)
        let isServer = file == server.certificatePath || (usage != UInt32.max && usage & UInt32(XKU_SSL_CLIENT) == 0)
        let entry = try IssueLedger.Entry(
            certificate,
            kind: isServer ? .server : .client,
            path: relative(file),
            authority: identifier
        )
        ledger.adopt(entry)
        return entry
    }
}
