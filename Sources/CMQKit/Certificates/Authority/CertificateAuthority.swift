package import CMQSecrets
internal import COpenSSL
package import Foundation

/// An authority that signs the certificates of a broker and its clients, with its files in a
/// ``CertificateDirectory``.
package struct CertificateAuthority {
    /// The common name that the clients of earlier releases know.
    package static let defaultName = "CipherMQ-CA"
    package static let defaultDays = 3650
    package static let defaultLeafDays = 365
    /// A hundred years; beyond lies a typing error.
    package static let daysMax = 36_525

    package let directory: CertificateDirectory
    let certificate: X509Certificate
    let key: PrivateKey
    /// See ``IssueLedger/Entry/authority``.
    let identifier: String

    private init(
        directory: CertificateDirectory,
        certificate: X509Certificate,
        key: PrivateKey
    ) throws(CertificateError) {
        self.directory = directory
        self.certificate = certificate
        self.key = key
        identifier = try certificate.authorityIdentifier()
    }

    /// Makes a new authority and its folder.
    ///
    /// - Parameters:
    ///   - passphrase: Encrypts the key on disk.
    ///   - replacing: Replaces an authority that is there. What it signed is worthless from then on.
    /// - Throws: ``CertificateError``; neither of the two files is there after that, or the old ones are.
    package static func create(
        in directory: CertificateDirectory,
        commonName: String = defaultName,
        days: Int = defaultDays,
        passphrase: SecretBytes? = nil,
        replacing: Bool = false,
        now: Date = Date()
    ) throws(CertificateError) -> CertificateAuthority {
        let name = try CommonName(commonName)
        let now = now.wholeSeconds
        let end = try now.adding(days: days)
        try directory.authority.refuseExisting(unless: replacing)
        let key = try PrivateKey.generate()
        let certificate = try CertificateTemplate(
            kind: .authority,
            subject: .name(name, []),
            notBefore: now - CertificateTemplate.clockSkew,
            notAfter: end
        ).signed(publicKey: key.pointer, issuer: nil, issuerKey: key)
        let secret = if let passphrase { try key.pem(passphrase: passphrase) } else { try key.pem() }
        let authority = try CertificateAuthority(directory: directory, certificate: certificate, key: key)
        try directory.create()
        _ = try authority.store(
            certificate,
            key: secret,
            kind: .authority,
            in: directory.authority,
            replacing: replacing
        )
        return authority
    }

    /// Opens the authority of a folder.
    ///
    /// - Throws: ``CertificateError``; its code is `passphraseRequired` where the key is encrypted and
    ///   `passphrase` is `nil`.
    package static func load(
        from directory: CertificateDirectory,
        passphrase: SecretBytes? = nil
    ) throws(CertificateError) -> CertificateAuthority {
        let files = directory.authority
        let certificate = try X509Certificate.read(at: files.certificatePath)
        guard certificate.isAuthority else {
            throw CertificateError(.malformed, "\(files.certificatePath) is not the certificate of an authority")
        }
        let key = try PrivateKey.read(at: files.keyPath, passphrase: passphrase)
        guard key.matches(certificate) else {
            throw CertificateError(.malformed, "\(files.keyPath) is not the key of \(files.certificatePath)")
        }
        return try CertificateAuthority(directory: directory, certificate: certificate, key: key)
    }

    /// Records a certificate in the ledger and then puts it on disk; nothing of either stays after a failure.
    ///
    /// - Parameter key: `nil` leaves the key on disk as it is.
    func store(
        _ issued: X509Certificate,
        key: SecretBytes?,
        kind: CertificateKind,
        in files: KeyPairFiles,
        replacing: Bool
    ) throws(CertificateError) -> IssueLedger.Entry {
        let entry = try IssueLedger.Entry(
            issued,
            kind: kind,
            path: directory.relative(files.certificatePath),
            authority: identifier
        )
        let pem = try issued.pem()
        let lock = try DirectoryLock(directory.path)
        defer { lock.release() }
        let before = try IssueLedger.load(from: directory)
        // Looked at again under the lock: another process may have been faster.
        try files.refuseExisting(unless: replacing)
        var ledger = before
        ledger.append(entry)
        try ledger.save(to: directory)
        do throws(FileError) {
            if let key, !replacing {
                try files.create(certificate: pem, key: key)
            } else {
                try files.replace(certificate: pem, key: key)
            }
        } catch {
            // The entry alone would do no harm, so the reason of the failure matters more than this one's.
            try? before.save(to: directory)
            throw CertificateError(error)
        }
        return entry
    }
}

extension KeyPairFiles {
    func refuseExisting(unless replacing: Bool) throws(CertificateError) {
        guard !replacing else { return }
        if hasCertificate { throw CertificateError(FileError("create", certificatePath, errno: EEXIST)) }
        if hasKey { throw CertificateError(FileError("create", keyPath, errno: EEXIST)) }
    }
}

extension X509Certificate {
    /// See ``IssueLedger/Entry/authority``.
    func authorityIdentifier() throws(CertificateError) -> String {
        [UInt8](try keyDigest().prefix(20)).hexadecimal
    }
}

extension IssueLedger.Entry {
    init(
        _ certificate: X509Certificate,
        kind: CertificateKind,
        path: String,
        authority: String
    ) throws(CertificateError) {
        serial = certificate.serial.hexadecimal
        subject = try certificate.subject.title()
        self.kind = kind
        names = [SubjectAlternativeName](of: certificate).map(\.description)
        notBefore = try certificate.notBefore()
        notAfter = try certificate.notAfter()
        self.path = path
        self.authority = authority
    }
}

extension Date {
    /// Certificates have no fractions of a second.
    var wholeSeconds: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }

    func adding(days: Int) throws(CertificateError) -> Date {
        guard (1...CertificateAuthority.daysMax).contains(days) else {
            throw CertificateError(
                .invalidArgument,
                "the number of days must be from 1 to \(CertificateAuthority.daysMax)"
            )
        }
        return self + TimeInterval(days) * 86_400
    }
}
