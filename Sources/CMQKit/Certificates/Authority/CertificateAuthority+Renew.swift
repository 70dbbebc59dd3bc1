internal import CMQSecrets
internal import COpenSSL
package import Foundation

extension CertificateAuthority {
    /// Issues a certificate with the subject and the alternative names of the one on disk, and puts it in its
    /// place. The old file is kept with `.old` behind its name, and stays valid until it ends or is revoked.
    ///
    /// - Parameter newKey: Makes a new key too; the old one is kept in the same way.
    /// - Throws: ``CertificateError``; its code is `revoked` for a certificate that was revoked.
    package func renew(
        _ leaf: LeafCertificate,
        days: Int = defaultLeafDays,
        newKey: Bool = false,
        now: Date = Date()
    ) throws(CertificateError) -> IssueLedger.Entry {
        let files = leaf.files(in: directory)
        let old = try X509Certificate.read(at: files.certificatePath)
        let serial = old.serial.hexadecimal
        let recorded = try IssueLedger.load(from: directory).certificates.first { $0.serial == serial }
        if recorded?.revoked != nil {
            throw CertificateError(.revoked, "\(files.certificatePath) is revoked and cannot be renewed")
        }
        if files.hasKey, !newKey {
            // A certificate for another key than the one beside it would be of no use to anybody.
            guard try PrivateKey.read(at: files.keyPath, passphrase: nil).matches(old) else {
                throw CertificateError(.malformed, "\(files.keyPath) is not the key of \(files.certificatePath)")
            }
        }
        let validity = try leafValidity(days: days, now: now)
        let key = newKey ? try PrivateKey.generate() : nil
        let issued = try CertificateTemplate(
            kind: leaf.kind,
            subject: .same(as: old),
            notBefore: validity.lowerBound,
            notAfter: validity.upperBound
        ).signed(
            publicKey: key?.pointer ?? X509_get0_pubkey(old.pointer),
            issuer: certificate,
            issuerKey: self.key
        )
        return try store(issued, key: try key?.pem(), kind: leaf.kind, in: files, replacing: true)
    }
}

extension CertificateDirectory {
    /// The certificates that are there: the server's first, then the clients' by name.
    ///
    /// - Throws: ``CertificateError`` where the folder cannot be read.
    package func leafCertificates() throws(CertificateError) -> [LeafCertificate] {
        var leaves: [LeafCertificate] = server.hasCertificate ? [.server] : []
        let folder = "\(path)/clients"
        guard FileManager.default.fileExists(atPath: folder) else { return leaves }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw CertificateError(FileError("list", folder, errno: errno))
        }
        for name in names.sorted() {
            guard let name = try? CommonName(name), client(name).hasCertificate else { continue }
            leaves.append(.client(name))
        }
        return leaves
    }
}
