package import CMQWire

/// What the core wants done, in order. The caller carries it out and empties it.
package struct Effects: Sendable {
    /// For the journal. The n-th record ever made has the ticket n.
    package internal(set) var encoded = RecordBuffer()
    /// For the sessions, in the order in which each of them is to see its lines.
    package var outputs: [Output] = []
    /// Places in the journal whose message is settled everywhere, so that its bytes may go.
    package var settledLocations: [UInt64] = []

    package init() {}

    /// What is in ``encoded``, as values.
    package var records: [BrokerRecord] { encoded.records }

    package mutating func removeAll() {
        encoded.removeAll()
        outputs.removeAll(keepingCapacity: true)
        settledLocations.removeAll(keepingCapacity: true)
    }

    package enum Output: Sendable, Equatable {
        /// A line that may go out once the record with `ticket` is durable.
        case reply(SessionID, Reply, ticket: UInt64)
        case delivery(SessionID, Delivery)
    }

    /// A message to be handed out: the line at the end of the record at `location`.
    package struct Delivery: Sendable, Equatable {
        package var location: UInt64
        /// Bytes of the record's line `<message_id> <envelope>\n`.
        package var lineBytes: Int
        /// Bytes of the envelope: what ``BrokerCore/outputTaken(session:bytes:now:effects:)`` gives back.
        package var size: Int
        package var redelivered: Bool
    }
}
