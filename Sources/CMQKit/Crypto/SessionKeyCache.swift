internal import CMQSecrets

/// The session keys that were opened last, so that a burst of messages under one key costs one
/// opening of a sealed box. Bounded; a key that leaves is wiped with its cipher.
struct SessionKeyCache {
    private struct Entry {
        var sealedKey: [UInt8]
        var cipher: AuthenticatedCipher
        var lastUse: UInt64
    }

    private let countMax: Int
    private var entries: [Entry] = []
    private var uses: UInt64 = 0

    init(countMax: Int) {
        self.countMax = max(countMax, 1)
    }

    var count: Int { entries.count }

    /// The cipher for a sealed key that was opened before. A key serves both algorithms at most
    /// when its sender is careless; each then has an entry of its own.
    mutating func cipher(
        for sealedKey: [UInt8],
        _ algorithm: AuthenticatedCipher.Algorithm
    ) -> AuthenticatedCipher? {
        // Some dozen comparisons that end at the first byte cost less than hashing 80 bytes.
        let found = entries.firstIndex { $0.cipher.algorithm == algorithm && $0.sealedKey == sealedKey }
        guard let found else { return nil }
        uses += 1
        entries[found].lastUse = uses
        return entries[found].cipher
    }

    mutating func insert(_ cipher: AuthenticatedCipher, for sealedKey: [UInt8]) {
        uses += 1
        let entry = Entry(sealedKey: sealedKey, cipher: cipher, lastUse: uses)
        if entries.count < countMax {
            entries.append(entry)
        } else if let oldest = entries.indices.min(by: { entries[$0].lastUse < entries[$1].lastUse }) {
            entries[oldest] = entry
        }
    }
}
