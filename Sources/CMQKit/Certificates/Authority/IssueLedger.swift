internal import CMQSecrets
package import Foundation

/// What an authority has issued and revoked: `issued.json` beside its certificate.
///
/// An entry is on disk before the certificate it describes, so that nothing exists that could not be
/// revoked by name. After a crash in between there may be an entry without a file.
package struct IssueLedger: Codable, Sendable {
    package struct Entry: Codable, Hashable, Sendable {
        /// Big-endian, two lowercase hexadecimal digits a byte.
        package var serial: String
        /// The subject's common name.
        package var subject: String
        package var kind: CertificateKind
        /// Alternative names, as in `DNS:localhost`.
        package var names: [String]
        package var notBefore: Date
        package var notAfter: Date
        /// Relative to the ledger's folder.
        package var path: String
        /// Which key signed: the beginning of the SHA-256 of the authority's public key.
        package var authority: String
        /// The serial of the certificate that took this one's place on disk.
        package var replacedBy: String?
        package var revoked: Revocation?

        private enum CodingKeys: String, CodingKey {
            case serial, subject, kind, names, path, authority, revoked
            case notBefore = "not_before"
            case notAfter = "not_after"
            case replacedBy = "replaced_by"
        }
    }

    package struct Revocation: Codable, Hashable, Sendable {
        package var at: Date
        package var reason: RevocationReason
    }

    private static let version = 1
    private static let fileBytesMax = 1 << 26

    private var version = Self.version
    /// The number of the last revocation list; lists are numbered from 1.
    package private(set) var revocationListNumber = 0
    /// In the order of issue.
    package private(set) var certificates: [Entry] = []

    private enum CodingKeys: String, CodingKey {
        case version, certificates
        case revocationListNumber = "crl_number"
    }

    /// Reads the ledger of a folder; one that earlier tools made has none, which is an empty one.
    ///
    /// - Throws: ``CertificateError``.
    package static func load(from directory: CertificateDirectory) throws(CertificateError) -> IssueLedger {
        let bytes: SecretBytes
        do {
            bytes = try InputFile.read(directory.ledgerPath, limit: fileBytesMax)
        } catch {
            if error.fileError?.isMissing == true { return IssueLedger() }
            throw error
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do {
            let ledger = try decoder.decode(IssueLedger.self, from: bytes.withUnsafeBytes { Data($0) })
            guard ledger.version == version else {
                throw CertificateError(.malformed, "its version \(ledger.version) is unknown to this program")
            }
            return ledger
        } catch let error as CertificateError {
            throw CertificateError(.malformed, "\(directory.ledgerPath): \(error.message)")
        } catch {
            throw CertificateError(.malformed, "\(directory.ledgerPath): it is not a ledger of issued certificates")
        }
    }

    private init() {}

    /// Replaces the ledger on disk in one step.
    func save(to directory: CertificateDirectory) throws(CertificateError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        guard let json = try? encoder.encode(self) else {
            throw CertificateError(.library, "the ledger cannot be represented in JSON")
        }
        try CertificateError.wrapping { () throws(FileError) in
            try SafeFile.write(
                String(decoding: json, as: UTF8.self) + "\n",
                to: directory.ledgerPath,
                mode: 0o644,
                existing: .replace
            )
        }
    }

    /// Records what is about to be put at its path, instead of what was there.
    mutating func append(_ entry: Entry) {
        for index in certificates.indices
        where certificates[index].path == entry.path && certificates[index].replacedBy == nil {
            certificates[index].replacedBy = entry.serial
        }
        certificates.append(entry)
    }

    mutating func revoke(serial: String, _ revocation: Revocation) {
        for index in certificates.indices where certificates[index].serial == serial {
            certificates[index].revoked = revocation
        }
    }

    /// Adds a certificate that is not in the ledger, in order to revoke it.
    mutating func adopt(_ entry: Entry) {
        certificates.append(entry)
    }

    mutating func takeRevocationListNumber() -> Int {
        revocationListNumber += 1
        return revocationListNumber
    }
}
