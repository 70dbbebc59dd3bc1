internal import CMQCertificates
internal import Foundation

/// Revocation lists in PEM and DER, and their signatures.
enum RevocationsTarget {
    private static let file = AnonymousFile()

    static func run(_ bytes: [UInt8]) throws {
        file.write(bytes)
        let list = try? RevocationList.load(
            path: file.path,
            authority: FuzzAuthority.file.path,
            now: FuzzAuthority.now,
            staleness: .accept
        )
        guard let list else { return }
        try require(list.count <= FuzzAuthority.revoked.count, "a revocation that nobody signed")
        let isOld = list.thisUpdate <= FuzzAuthority.now && list.thisUpdate <= list.nextUpdate
        try require(isOld, "a list from the future")
        let known = FuzzAuthority.revoked.count { list.contains(serial: $0) }
        try require(known == list.count, "another serial number than the one that was revoked")
    }
}
