internal import CMQSecrets
internal import COpenSSL
public import Foundation

/// Revoked serial numbers from lists whose signatures were checked (RFC 5280, section 5).
///
/// A file may hold one list for each authority of the authority file, which the change from one
/// authority to the next needs.
public struct RevocationList: Sendable {
    /// What happens when ``nextUpdate`` has passed.
    public enum Staleness: Sendable {
        /// The list is refused, and so is every certificate: a newer list may revoke it.
        case refuse
        /// The list is used as it is; ``RevocationList/isStale(now:)`` tells that a warning is due.
        case accept
    }

    /// More is refused: 64 MiB hold about a million entries.
    static let fileBytesMax = 1 << 26

    /// When the oldest of the lists was made.
    public let thisUpdate: Date
    /// When the first of the lists should have been replaced.
    public let nextUpdate: Date
    /// What the caller wanted of a list that is past ``nextUpdate``.
    public let staleness: Staleness
    /// Serial numbers as magnitudes, by the digest of the key that signed the list.
    private let serials: [[UInt8]: Set<[UInt8]>]

    /// How many serial numbers are listed.
    public var count: Int { serials.values.reduce(0) { $0 + $1.count } }

    /// Reads lists (PEM, or one in DER) and checks the signature, the issuer and the time of each.
    ///
    /// - Parameters:
    ///   - path: The file of the lists.
    ///   - authority: A PEM file with the certificates of the authorities that may have signed them.
    /// - Throws: ``CertificateError``; its code is `unknownAuthority` or `signatureMismatch` for a list
    ///   that none of the authorities signed, and `staleRevocationList` for one past ``nextUpdate``.
    public static func load(
        path: String,
        authority: String,
        now: Date = Date(),
        staleness: Staleness = .refuse
    ) throws(CertificateError) -> RevocationList {
        let authorities = try X509Certificate.readAll(at: authority)
        let bytes = try InputFile.read(path, limit: fileBytesMax)
        do {
            let lists = try bytes.withUnsafeBytes { (bytes) throws(CertificateError) in
                try SignedRevocationList.readAll(from: bytes)
            }
            return try RevocationList(lists, authorities: authorities, now: now, staleness: staleness)
        } catch {
            throw CertificateError(error.code, "\(path): \(error.message)")
        }
    }

    private init(
        _ lists: [SignedRevocationList],
        authorities: [X509Certificate],
        now: Date,
        staleness: Staleness
    ) throws(CertificateError) {
        var serials: [[UInt8]: Set<[UInt8]>] = [:]
        var oldest = Date.distantFuture
        var next = Date.distantFuture
        for list in lists {
            let signer = try list.signer(among: authorities)
            try list.refuseUnknownCriticalExtensions()
            let times = try list.times()
            guard times.thisUpdate <= now else {
                throw CertificateError(
                    .notYetValid,
                    "the revocation list begins on \(times.thisUpdate.rfc3339), which is not yet"
                )
            }
            oldest = min(oldest, times.thisUpdate)
            next = min(next, times.nextUpdate)
            serials[try signer.keyDigest(), default: []].formUnion(list.serials())
        }
        thisUpdate = oldest
        nextUpdate = next
        self.staleness = staleness
        self.serials = serials
        try refuseIfStale(now: now)
    }

    /// Whether ``nextUpdate`` has passed, so that a newer list should be in place.
    public func isStale(now: Date = Date()) -> Bool { nextUpdate < now }

    /// Whether any of the lists names this serial number, a big-endian magnitude. Takes constant time in
    /// the number of entries.
    public func contains(serial: [UInt8]) -> Bool {
        let serial = serial.serialMagnitude
        return serials.values.contains { $0.contains(serial) }
    }

    /// Whether the authority with this key has revoked the serial number; `nil` without a list of it.
    func isRevoked(serial: [UInt8], authorityKeyDigest: [UInt8]) -> Bool? {
        serials[authorityKeyDigest]?.contains(serial.serialMagnitude)
    }

    package func refuseIfStale(now: Date) throws(CertificateError) {
        guard staleness == .refuse, isStale(now: now) else { return }
        throw CertificateError(
            .staleRevocationList,
            "the revocation list should have been replaced by \(nextUpdate.rfc3339)"
        )
    }
}
