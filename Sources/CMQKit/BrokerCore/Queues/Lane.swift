internal import DequeModule

/// The ready copies of one queue for one receiver, in the order of their messages.
struct Lane {
    struct Entry {
        var sequence: UInt64
        var copy: UInt32
    }

    private var fresh: Deque<Entry> = []
    // What came back from consumers; few, and nearly in order. The next one to go is last.
    private var returned: [Entry] = []

    var isEmpty: Bool { fresh.isEmpty && returned.isEmpty }
    var count: Int { fresh.count + returned.count }

    /// The next entry, without taking it.
    var first: Entry? {
        guard let back = returned.last else { return fresh.first }
        guard let front = fresh.first, front.sequence < back.sequence else { return back }
        return front
    }

    /// Adds a copy that is ready for the first time: sequences only rise here.
    mutating func append(_ entry: Entry) {
        fresh.append(entry)
    }

    /// Puts a copy back in its place.
    mutating func putBack(_ entry: Entry) {
        var low = 0
        var high = returned.count
        while low < high {
            let middle = (low + high) / 2
            if returned[middle].sequence > entry.sequence { low = middle + 1 } else { high = middle }
        }
        returned.insert(entry, at: low)
    }

    mutating func popFirst() -> Entry? {
        guard let back = returned.last else { return fresh.popFirst() }
        if let front = fresh.first, front.sequence < back.sequence { return fresh.popFirst() }
        return returned.popLast()
    }

    /// Takes one copy out, wherever it stands; linear, for rare cases only.
    mutating func remove(_ copy: UInt32) {
        if let index = returned.firstIndex(where: { $0.copy == copy }) {
            returned.remove(at: index)
        } else if let index = fresh.firstIndex(where: { $0.copy == copy }) {
            fresh.remove(at: index)
        }
    }

    /// Every entry, in no particular order.
    var all: [Entry] { returned + fresh }
}
