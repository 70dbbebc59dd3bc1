/// Numbers of messages by the hash of their identity.
///
/// Open addressing with linear probing, and nothing but the number and a byte of the hash in a place: a Dictionary would
/// keep every identity once more. The byte saves nearly all looks at messages that are not meant, each of which would
/// wait for memory. Many small tables, so that none takes long to grow.
struct IdentityTable: Sendable {
    private struct Shard: Sendable {
        /// A byte of the hash of each place's message; 0 is a free place.
        var tags: ContiguousArray<UInt8>
        var numbers: ContiguousArray<UInt32>
        var count = 0

        init(places: Int) {
            tags = .init(repeating: 0, count: places)
            numbers = .init(repeating: 0, count: places)
        }

        var mask: Int { tags.count - 1 }

        mutating func put(_ number: UInt32, _ hash: UInt64) {
            var place = Int(truncatingIfNeeded: hash) & mask
            while tags[place] != 0 { place = (place + 1) & mask }
            tags[place] = IdentityTable.tag(of: hash)
            numbers[place] = number
        }
    }

    private var shards: ContiguousArray<Shard>

    private static let shardBits = 8
    private static let placesMin = 16

    init() {
        shards = .init(repeating: Shard(places: Self.placesMin), count: 1 << Self.shardBits)
    }

    private func shard(of hash: UInt64) -> Int { Int(hash >> UInt64(64 - Self.shardBits)) }

    /// Of bits that choose neither the shard nor, in any table of this size, the place.
    private static func tag(of hash: UInt64) -> UInt8 { max(1, UInt8(truncatingIfNeeded: hash >> 48)) }

    /// The number that `matches`.
    func find(_ hash: UInt64, _ matches: (UInt32) -> Bool) -> UInt32? {
        let tag = Self.tag(of: hash)
        let shard = shard(of: hash)
        return shards[shard].tags.withUnsafeBufferPointer { tags in
            let mask = tags.count - 1
            var place = Int(truncatingIfNeeded: hash) & mask
            while tags[place] != 0 {
                if tags[place] == tag {
                    let number = shards[shard].numbers[place]
                    if matches(number) { return number }
                }
                place = (place + 1) & mask
            }
            return nil
        }
    }

    /// Adds a number that is not there yet.
    mutating func insert(_ number: UInt32, _ hash: UInt64, of messages: IdentifiedMessages) {
        let shard = shard(of: hash)
        shards[shard].count += 1
        if shards[shard].count * 3 > shards[shard].tags.count * 2 {
            resize(shard, to: shards[shard].tags.count * 2, of: messages)
        }
        shards[shard].put(number, hash)
    }

    /// Removes a number that is there.
    mutating func remove(_ number: UInt32, _ hash: UInt64, of messages: IdentifiedMessages) {
        let index = shard(of: hash)
        Self.remove(number, hash, from: &shards[index], of: messages)
        let shard = shards[index]
        if shard.tags.count > Self.placesMin, shard.count * 8 < shard.tags.count {
            resize(index, to: shard.tags.count / 2, of: messages)
        }
    }

    private static func remove(
        _ number: UInt32,
        _ hash: UInt64,
        from shard: inout Shard,
        of messages: IdentifiedMessages
    ) {
        let mask = shard.mask
        var gap = Int(truncatingIfNeeded: hash) & mask
        while shard.numbers[gap] != number || shard.tags[gap] == 0 { gap = (gap + 1) & mask }
        // Later entries of the run move forward, so that a search never stops too early.
        var next = (gap + 1) & mask
        while shard.tags[next] != 0 {
            let home = Int(truncatingIfNeeded: messages.hash(of: shard.numbers[next])) & mask
            if (next - home) & mask >= (next - gap) & mask {
                shard.tags[gap] = shard.tags[next]
                shard.numbers[gap] = shard.numbers[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        shard.tags[gap] = 0
        shard.count -= 1
    }

    private mutating func resize(_ index: Int, to places: Int, of messages: IdentifiedMessages) {
        let old = shards[index]
        var shard = Shard(places: places)
        shard.count = old.count
        for (tag, number) in zip(old.tags, old.numbers) where tag != 0 { shard.put(number, messages.hash(of: number)) }
        shards[index] = shard
    }
}
