internal import CMQSecrets
package import Foundation

extension CertificateAuthority {
    /// Issues the broker's certificate, with a new key. Its common name is the first name, or the first
    /// address where there is no name.
    ///
    /// - Throws: ``CertificateError``; neither of the two files is there after that, or the old ones are.
    package func issueServer(
        names: [String] = ["localhost"],
        addresses: [String] = [],
        days: Int = defaultLeafDays,
        replacing: Bool = false,
        now: Date = Date()
    ) throws(CertificateError) -> IssueLedger.Entry {
        var alternatives: [SubjectAlternativeName] = []
        for name in names { alternatives.append(try .dns(checking: name)) }
        for address in addresses { alternatives.append(try .address(parsing: address)) }
        guard let first = names.first ?? addresses.first else {
            throw CertificateError(.invalidArgument, "a server certificate needs a name or an address")
        }
        return try issue(
            .server,
            name: try CommonName(first),
            alternatives: alternatives,
            in: directory.server,
            days: days,
            replacing: replacing,
            now: now
        )
    }

    /// Issues a client's certificate, with a new key. The name is the identity under which the broker knows it.
    ///
    /// - Throws: ``CertificateError``; neither of the two files is there after that, or the old ones are.
    package func issueClient(
        _ name: String,
        days: Int = defaultLeafDays,
        replacing: Bool = false,
        now: Date = Date()
    ) throws(CertificateError) -> IssueLedger.Entry {
        let name = try CommonName(name)
        let files = directory.client(name)
        try files.refuseExisting(unless: replacing)
        // What can be refused is refused before anything is made.
        _ = try leafValidity(days: days, now: now)
        try directory.createClientDirectory(name)
        do {
            return try issue(
                .client,
                name: name,
                alternatives: [.client(name)],
                in: files,
                days: days,
                replacing: replacing,
                now: now
            )
        } catch {
            directory.removeEmptyClientDirectory(name)
            throw error
        }
    }

    private func issue(
        _ kind: CertificateKind,
        name: CommonName,
        alternatives: [SubjectAlternativeName],
        in files: KeyPairFiles,
        days: Int,
        replacing: Bool,
        now: Date
    ) throws(CertificateError) -> IssueLedger.Entry {
        try files.refuseExisting(unless: replacing)
        let validity = try leafValidity(days: days, now: now)
        let key = try PrivateKey.generate()
        let issued = try CertificateTemplate(
            kind: kind,
            subject: .name(name, alternatives),
            notBefore: validity.lowerBound,
            notAfter: validity.upperBound
        ).signed(publicKey: key.pointer, issuer: certificate, issuerKey: self.key)
        return try store(issued, key: try key.pem(), kind: kind, in: files, replacing: replacing)
    }

    /// A leaf ends with its authority at the latest, because nobody accepts it afterwards.
    func leafValidity(days: Int, now: Date) throws(CertificateError) -> ClosedRange<Date> {
        let now = now.wholeSeconds
        let wanted = try now.adding(days: days)
        let authorityEnd = try certificate.notAfter()
        guard authorityEnd > now else {
            throw CertificateError(.expired, "the authority's certificate expired on \(authorityEnd.rfc3339)")
        }
        return now - CertificateTemplate.clockSkew...min(wanted, authorityEnd)
    }
}
