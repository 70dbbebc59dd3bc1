internal import CMQWire

/// All messages that the core knows, found by number or by identity.
struct MessageStore: Sendable {
    /// Without the table by identity: what a checkpoint needs.
    private(set) var rows = IdentifiedMessages()
    private var table = IdentityTable()

    var count: Int { rows.messages.count }

    subscript(number: UInt32) -> StoredMessage {
        @inline(__always) _read { yield rows.messages[number] }
        @inline(__always) _modify { yield &rows.messages[number] }
    }

    func find(_ id: MessageID) -> UInt32? { find(MessageKey(id)) }

    func find(_ key: MessageKey) -> UInt32? {
        table.find(key.hash) { rows.matches($0, key) }
    }

    /// Adds a message whose identity is not there yet.
    mutating func insert(_ key: MessageKey, _ message: (StoredID) -> StoredMessage) -> UInt32 {
        let number = rows.insert(key, message)
        table.insert(number, key.hash, of: rows)
        return number
    }

    mutating func remove(_ number: UInt32) {
        table.remove(number, rows.hash(of: number), of: rows)
        rows.remove(number)
    }

    /// The identity as its sender wrote it.
    func id(of number: UInt32) -> MessageID { rows.id(of: number) }
}

/// An identity, ready to be looked for.
struct MessageKey {
    let id: MessageID
    /// `nil` when it does not fit.
    let stored: StoredID?
    let hash: UInt64

    init(_ id: MessageID) {
        self.id = id
        stored = StoredID(id)
        hash = stored.map(Self.hash) ?? Self.hash(id)
    }

    // Seeded by the process: nobody can choose identities that meet in one place of the table.
    static func hash(_ id: StoredID) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(id.first)
        hasher.combine(id.second)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    static func hash(_ id: MessageID) -> UInt64 { UInt64(bitPattern: Int64(id.hashValue)) }
}
