internal import DequeModule

/// The connections there are, at most so many. Where there is no room for one more, the stranger who was here longest has
/// to go: whoever means to come in shows a certificate at once.
package struct AdmittedConnections<Connection> {
    package enum Admission {
        case admitted(UInt64)
        /// In the place of one that has to be closed.
        case inPlaceOf(Connection, UInt64)
        /// Everybody here is known.
        case refused
    }

    package let limit: Int
    private var connections: [UInt64: Connection] = [:]
    /// Who is not known yet.
    private var strangers: Set<UInt64> = []
    /// In the order of their coming; of some only the number is left.
    private var arrivals: Deque<UInt64> = []
    private var lastNumber: UInt64 = 0

    package init(limit: Int) {
        self.limit = limit
    }

    package var count: Int { connections.count }
    package var all: [Connection] { Array(connections.values) }

    /// Takes a stranger in, where there is room, and gives it a number.
    package mutating func admit(_ connection: Connection) -> Admission {
        guard connections.count >= limit else { return .admitted(add(connection)) }
        guard let oldest = takeOldestStranger() else { return .refused }
        return .inPlaceOf(oldest, add(connection))
    }

    /// The peer is known now: it stays as long as it likes.
    package mutating func introduce(_ number: UInt64) {
        strangers.remove(number)
    }

    package mutating func remove(_ number: UInt64) {
        connections[number] = nil
        strangers.remove(number)
    }

    private mutating func add(_ connection: Connection) -> UInt64 {
        lastNumber += 1
        connections[lastNumber] = connection
        strangers.insert(lastNumber)
        arrivals.append(lastNumber)
        if arrivals.count > 2 * strangers.count + 64 { arrivals.removeAll { !strangers.contains($0) } }
        return lastNumber
    }

    private mutating func takeOldestStranger() -> Connection? {
        while let number = arrivals.popFirst() {
            if strangers.remove(number) != nil { return connections.removeValue(forKey: number) }
        }
        return nil
    }
}
