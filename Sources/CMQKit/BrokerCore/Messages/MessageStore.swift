internal import CMQWire

/// All messages that the core knows, found by number or by identity.
struct MessageStore {
    private var messages = Slab<StoredMessage>()
    // Open addressing with linear probing: a number takes four bytes here, where a Dictionary
    // would take a second copy of every identity. 0 is a free place, so numbers are stored plus one.
    private var table: ContiguousArray<UInt32> = .init(repeating: 0, count: 1_024)

    var count: Int { messages.count }
    var end: UInt32 { messages.end }

    subscript(number: UInt32) -> StoredMessage {
        _read { yield messages[number] }
        _modify { yield &messages[number] }
    }

    func find(_ id: MessageID) -> UInt32? {
        var place = place(of: id)
        while table[place] != 0 {
            let number = table[place] - 1
            if messages[number].id == id { return number }
            place = (place + 1) & (table.count - 1)
        }
        return nil
    }

    /// Adds a message whose identity is not there yet.
    mutating func insert(_ message: StoredMessage) -> UInt32 {
        if (messages.count + 1) * 3 > table.count * 2 { grow() }
        let number = messages.insert(message)
        put(number)
        return number
    }

    mutating func remove(_ number: UInt32) {
        var place = place(of: messages[number].id)
        while table[place] != number + 1 { place = (place + 1) & (table.count - 1) }
        closeGap(at: place)
        messages.remove(number, leaving: .vacant)
    }

    private func place(of id: MessageID) -> Int {
        id.hashValue & (table.count - 1)
    }

    private mutating func put(_ number: UInt32) {
        var place = place(of: messages[number].id)
        while table[place] != 0 { place = (place + 1) & (table.count - 1) }
        table[place] = number + 1
    }

    private mutating func grow() {
        let old = table
        table = .init(repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 { put(entry - 1) }
    }

    /// Moves later entries of the run forward, so that a search never stops too early.
    private mutating func closeGap(at start: Int) {
        let mask = table.count - 1
        var gap = start
        var next = (gap + 1) & mask
        while table[next] != 0 {
            let home = place(of: messages[table[next] - 1].id)
            if (next - home) & mask >= (next - gap) & mask {
                table[gap] = table[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        table[gap] = 0
    }
}
