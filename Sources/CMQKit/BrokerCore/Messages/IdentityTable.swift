/// Numbers of messages by the hash of their identity.
///
/// Open addressing with linear probing, and nothing but the number in a place: a Dictionary would keep every
/// identity once more. Many small tables, so that none takes long to grow.
struct IdentityTable: Sendable {
    /// Numbers plus one; 0 is a free place.
    private var shards: ContiguousArray<ContiguousArray<UInt32>>
    private var counts: ContiguousArray<Int>

    private static let shardBits = 8
    private static let placesMin = 16

    init() {
        shards = .init(repeating: .init(repeating: 0, count: Self.placesMin), count: 1 << Self.shardBits)
        counts = .init(repeating: 0, count: 1 << Self.shardBits)
    }

    private func shard(of hash: UInt64) -> Int { Int(hash >> UInt64(64 - Self.shardBits)) }

    /// The number that `matches`.
    func find(_ hash: UInt64, _ matches: (UInt32) -> Bool) -> UInt32? {
        let shard = shard(of: hash)
        return shards[shard].withUnsafeBufferPointer { places in
            let mask = places.count - 1
            var place = Int(truncatingIfNeeded: hash) & mask
            while places[place] != 0 {
                if matches(places[place] - 1) { return places[place] - 1 }
                place = (place + 1) & mask
            }
            return nil
        }
    }

    /// Adds a number that is not there yet.
    mutating func insert(_ number: UInt32, _ hash: UInt64, of messages: IdentifiedMessages) {
        let shard = shard(of: hash)
        counts[shard] += 1
        if counts[shard] * 3 > shards[shard].count * 2 {
            resize(shard, to: shards[shard].count * 2, of: messages)
        }
        Self.put(number, hash, into: &shards[shard])
    }

    /// Removes a number that is there.
    mutating func remove(_ number: UInt32, _ hash: UInt64, of messages: IdentifiedMessages) {
        let shard = shard(of: hash)
        let mask = shards[shard].count - 1
        var gap = Int(truncatingIfNeeded: hash) & mask
        while shards[shard][gap] != number + 1 { gap = (gap + 1) & mask }
        // Later entries of the run move forward, so that a search never stops too early.
        var next = (gap + 1) & mask
        while shards[shard][next] != 0 {
            let home = Int(truncatingIfNeeded: messages.hash(of: shards[shard][next] - 1)) & mask
            if (next - home) & mask >= (next - gap) & mask {
                shards[shard][gap] = shards[shard][next]
                gap = next
            }
            next = (next + 1) & mask
        }
        shards[shard][gap] = 0
        counts[shard] -= 1
        if shards[shard].count > Self.placesMin, counts[shard] * 8 < shards[shard].count {
            resize(shard, to: shards[shard].count / 2, of: messages)
        }
    }

    private mutating func resize(_ shard: Int, to places: Int, of messages: IdentifiedMessages) {
        var table = ContiguousArray<UInt32>(repeating: 0, count: places)
        for entry in shards[shard] where entry != 0 { Self.put(entry - 1, messages.hash(of: entry - 1), into: &table) }
        shards[shard] = table
    }

    private static func put(_ number: UInt32, _ hash: UInt64, into table: inout ContiguousArray<UInt32>) {
        let mask = table.count - 1
        var place = Int(truncatingIfNeeded: hash) & mask
        while table[place] != 0 { place = (place + 1) & mask }
        table[place] = number + 1
    }
}
