internal import DequeModule

/// The ready copies of one queue for one receiver, in the order of their messages.
struct Lane: Sendable {
    struct Entry {
        var sequence: UInt64
        var copy: UInt32
    }

    /// Neighbours; their sequences are kept as the distance to the first one's.
    private struct Chunk: Sendable {
        struct Place {
            var distance: UInt32
            var copy: UInt32
        }

        var base: UInt64
        var places: ContiguousArray<Place>

        /// The distance of a sequence behind all others here; `nil` when it is too far away.
        mutating func distance(to sequence: UInt64) -> UInt32? {
            if places.isEmpty { base = sequence }
            return UInt32(exactly: sequence - base)
        }

        func entry(_ index: Int) -> Entry {
            Entry(sequence: base + UInt64(places[index].distance), copy: places[index].copy)
        }
    }

    private static let chunkPlaces = 4_096
    /// A chunk of so many places gets all of its memory at once, and gives it back when it is empty.
    private static let smallPlaces = 512

    // Waited here from the beginning; sequences rise.
    private var fresh: Deque<Chunk> = []
    /// How many places of the first chunk were taken already.
    private var taken = 0
    private var freshCount = 0
    // What came back from consumers; few, and nearly in order. The next one to go is last.
    private var returned: Deque<Entry> = []

    var isEmpty: Bool { freshCount == 0 && returned.isEmpty }
    var count: Int { freshCount + returned.count }

    /// The next entry, without taking it.
    var first: Entry? {
        guard let back = returned.last else { return firstFresh }
        guard let front = firstFresh, front.sequence < back.sequence else { return back }
        return front
    }

    private var firstFresh: Entry? { freshCount == 0 ? nil : fresh[0].entry(taken) }

    /// Adds a copy that is ready for the first time: sequences only rise here.
    mutating func append(_ entry: Entry) {
        freshCount += 1
        let last = fresh.count - 1
        guard last >= 0, fresh[last].places.count < Self.chunkPlaces,
            let distance = fresh[last].distance(to: entry.sequence)
        else {
            return fresh.append(Chunk(base: entry.sequence, places: [Chunk.Place(distance: 0, copy: entry.copy)]))
        }
        if fresh[last].places.count == Self.smallPlaces { fresh[last].places.reserveCapacity(Self.chunkPlaces) }
        fresh[last].places.append(Chunk.Place(distance: distance, copy: entry.copy))
    }

    /// Puts a copy back in its place.
    mutating func putBack(_ entry: Entry) {
        returned.insert(entry, at: returnedIndex(of: entry.sequence))
    }

    /// Where in ``returned`` an entry with this sequence is or belongs.
    private func returnedIndex(of sequence: UInt64) -> Int {
        returned.indices.partition { returned[$0].sequence <= sequence }
    }

    mutating func popFirst() -> Entry? {
        guard let back = returned.last else { return popFresh() }
        if let front = firstFresh, front.sequence < back.sequence { return popFresh() }
        return returned.popLast()
    }

    private mutating func popFresh() -> Entry? {
        guard let entry = firstFresh else { return nil }
        taken += 1
        freshCount -= 1
        dropTakenChunk()
        return entry
    }

    private mutating func dropTakenChunk() {
        guard taken == fresh[0].places.count else { return }
        taken = 0
        if fresh.count == 1, fresh[0].places.capacity <= Self.smallPlaces * 2 {
            fresh[0].places.removeAll(keepingCapacity: true)
        } else {
            fresh.removeFirst()
        }
    }

    /// Takes one copy out, wherever it stands.
    mutating func remove(_ copy: UInt32, sequence: UInt64) {
        let index = returnedIndex(of: sequence)
        if index < returned.count, returned[index].copy == copy {
            returned.remove(at: index)
            return
        }
        let chunk = fresh.indices.partition { fresh[$0].base > sequence } - 1
        guard chunk >= 0, let distance = UInt32(exactly: sequence - fresh[chunk].base) else { return }
        let places = (chunk == 0 ? taken : 0)..<fresh[chunk].places.count
        let place = places.partition { fresh[chunk].places[$0].distance >= distance }
        guard place < places.upperBound, fresh[chunk].places[place].copy == copy else { return }
        fresh[chunk].places.remove(at: place)
        freshCount -= 1
        if chunk == 0 {
            dropTakenChunk()
        } else if fresh[chunk].places.isEmpty {
            fresh.remove(at: chunk)
        }
    }

    /// Every entry, in no particular order.
    var all: [Entry] {
        returned
            + fresh.enumerated().flatMap { number, chunk in
                ((number == 0 ? taken : 0)..<chunk.places.count).map { chunk.entry($0) }
            }
    }
}

extension Range<Int> {
    /// The first index of which `belongs` is true, where it is true of all behind the first one; the end where it is
    /// true of none.
    fileprivate func partition(_ belongs: (Int) -> Bool) -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = (low + high) / 2
            if belongs(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
