internal import CMQWire

/// Messages by their numbers, and their identities.
struct IdentifiedMessages: Sendable {
    var messages = Slab<StoredMessage>()
    /// Identities that do not fit into ``StoredID``.
    private var aside = Slab<MessageID>()

    mutating func insert(_ key: MessageKey, _ message: (StoredID) -> StoredMessage) -> UInt32 {
        let id = key.stored ?? StoredID(kind: .aside, first: UInt64(aside.insert(key.id)), second: 0)
        return messages.insert(message(id))
    }

    mutating func remove(_ number: UInt32) {
        let id = messages[number].id
        if id.kind == .aside { aside.remove(UInt32(id.first), leaving: Self.noID) }
        messages.remove(number, leaving: .vacant)
    }

    func matches(_ number: UInt32, _ key: MessageKey) -> Bool {
        let known = messages[number].id
        if let stored = key.stored { return known == stored }
        return known.kind == .aside && aside[UInt32(known.first)] == key.id
    }

    /// The identity as its sender wrote it.
    func id(of number: UInt32) -> MessageID {
        let id = messages[number].id
        return id.text ?? aside[UInt32(id.first)]
    }

    func hash(of number: UInt32) -> UInt64 {
        let id = messages[number].id
        return id.kind == .aside ? MessageKey.hash(aside[UInt32(id.first)]) : MessageKey.hash(id)
    }

    /// Gives `body` the number of each message.
    func forEachNumber(_ body: (UInt32) throws -> Void) rethrows {
        try messages.forEachNumber { number in
            if messages[number].phase != .vacant { try body(number) }
        }
    }

    private static let noID = MessageID(trusted: UnsafeRawBufferPointer(start: nil, count: 0))
}
