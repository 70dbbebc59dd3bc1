/// Numbers of messages by the hash of their identity.
///
/// Open addressing with linear probing, and nothing but the number and three bytes of the hash in a place: a Dictionary
/// would keep every identity once more. One byte saves nearly all looks at messages that are not meant, each of which would
/// wait for memory; two save looking at any when entries move. Many small tables, so that none takes long to grow.
struct IdentityTable: Sendable {
    private struct Shard: Sendable {
        /// A byte of the hash of each place's message; 0 is a free place.
        var tags: ContiguousArray<UInt8>
        /// The lowest bits of the hash, which say where the search begins.
        var homes: ContiguousArray<UInt16>
        var numbers: ContiguousArray<UInt32>
        var count = 0

        init(places: Int) {
            tags = .init(repeating: 0, count: places)
            homes = .init(repeating: 0, count: places)
            numbers = .init(repeating: 0, count: places)
        }

        var mask: Int { tags.count - 1 }

        /// Puts an entry into the first free place from `home` on.
        mutating func put(_ number: UInt32, tag: UInt8, home: Int) {
            var place = home & mask
            while tags[place] != 0 { place = (place + 1) & mask }
            tags[place] = tag
            homes[place] = UInt16(truncatingIfNeeded: home)
            numbers[place] = number
        }

        /// Where the search for the entry in `place` begins, in a table of at most so many places.
        func home(of place: Int, places: Int, _ messages: IdentifiedMessages) -> Int {
            places <= 1 << UInt16.bitWidth
                ? Int(homes[place]) : Int(truncatingIfNeeded: messages.hash(of: numbers[place]))
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
        shards[shard].put(number, tag: Self.tag(of: hash), home: Int(truncatingIfNeeded: hash))
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
            let home = shard.home(of: next, places: shard.tags.count, messages) & mask
            if (next - home) & mask >= (next - gap) & mask {
                shard.tags[gap] = shard.tags[next]
                shard.homes[gap] = shard.homes[next]
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
        for place in old.tags.indices where old.tags[place] != 0 {
            let home = old.home(of: place, places: places, messages)
            shard.put(old.numbers[place], tag: old.tags[place], home: home)
        }
        shards[index] = shard
    }
}
