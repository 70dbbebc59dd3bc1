/// Numbers of messages by the hash of their identity.
///
/// Open addressing with linear probing. A place holds the number and half of the hash, so that a search looks at the
/// message itself only where that half agrees, and growing looks at no message at all; a Dictionary would keep every
/// identity once more. Many small tables, so that none takes long to grow.
struct IdentityTable: Sendable {
    /// A number plus one, and the lower half of its hash; 0 is a free place.
    private struct Place {
        var bits: UInt64 = 0

        init() {}

        init(_ number: UInt32, _ hash: UInt64) {
            bits = UInt64(number &+ 1) << 32 | hash & 0xFFFF_FFFF
        }

        var isFree: Bool { bits == 0 }
        var number: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) &- 1 }
        /// Enough of the hash to say where the number belongs.
        var hash: Int { Int(bits & 0xFFFF_FFFF) }
    }

    private var shards: ContiguousArray<ContiguousArray<Place>>
    private var counts: ContiguousArray<Int>

    private static let shardBits = 8
    private static let placesMin = 16

    init() {
        shards = .init(repeating: .init(repeating: Place(), count: Self.placesMin), count: 1 << Self.shardBits)
        counts = .init(repeating: 0, count: 1 << Self.shardBits)
    }

    private func shard(of hash: UInt64) -> Int { Int(hash >> UInt64(64 - Self.shardBits)) }

    /// The number that `matches`.
    func find(_ hash: UInt64, _ matches: (UInt32) -> Bool) -> UInt32? {
        shards[shard(of: hash)].withUnsafeBufferPointer { places in
            let mask = places.count - 1
            let wanted = Int(hash & 0xFFFF_FFFF)
            var index = wanted & mask
            while !places[index].isFree {
                let place = places[index]
                if place.hash == wanted, matches(place.number) { return place.number }
                index = (index + 1) & mask
            }
            return nil
        }
    }

    /// Adds a number that is not there yet.
    mutating func insert(_ number: UInt32, _ hash: UInt64) {
        let shard = shard(of: hash)
        counts[shard] += 1
        if counts[shard] * 3 > shards[shard].count * 2 { resize(shard, to: shards[shard].count * 2) }
        Self.put(Place(number, hash), into: &shards[shard])
    }

    /// Removes a number that is there.
    mutating func remove(_ number: UInt32, _ hash: UInt64) {
        let shard = shard(of: hash)
        let mask = shards[shard].count - 1
        let doomed = Place(number, hash)
        var gap = doomed.hash & mask
        while shards[shard][gap].bits != doomed.bits { gap = (gap + 1) & mask }
        // Later entries of the run move forward, so that a search never stops too early.
        var next = (gap + 1) & mask
        while !shards[shard][next].isFree {
            let home = shards[shard][next].hash & mask
            if (next - home) & mask >= (next - gap) & mask {
                shards[shard][gap] = shards[shard][next]
                gap = next
            }
            next = (next + 1) & mask
        }
        shards[shard][gap] = Place()
        counts[shard] -= 1
        if shards[shard].count > Self.placesMin, counts[shard] * 8 < shards[shard].count {
            resize(shard, to: shards[shard].count / 2)
        }
    }

    private mutating func resize(_ shard: Int, to count: Int) {
        var table = ContiguousArray<Place>(repeating: Place(), count: count)
        for place in shards[shard] where !place.isFree { Self.put(place, into: &table) }
        shards[shard] = table
    }

    private static func put(_ place: Place, into table: inout ContiguousArray<Place>) {
        let mask = table.count - 1
        var index = place.hash & mask
        while !table[index].isFree { index = (index + 1) & mask }
        table[index] = place
    }
}
