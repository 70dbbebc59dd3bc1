package import CMQWire

/// One fact in the journal. Everything that the broker knows after a restart, and everything
/// that the audit trail shows, follows from these. The byte layout is in `docs/journal.md`.
package enum BrokerRecord: Sendable, Equatable {
    case published(PublishedRecord)
    /// Handed to a consumer, for the `attempt`-th time.
    case delivered(CopyRecord, attempt: UInt16)
    case acknowledged(CopyRecord)
    case deadLettered(CopyRecord, into: UInt32, reason: DeadLetterReason)
    /// Taken back from a dead-letter queue.
    case redriven(CopyRecord, into: UInt32)
    /// Removed by an administrator.
    case purged(CopyRecord)
    /// A delivery that counts towards the limit of deliveries.
    case failureCounted(CopyRecord)
    case exchangeDeclared(name: String, kind: ExchangeKind, time: Int64)
    case queueDeclared(number: UInt32, name: String, time: Int64)
    case bound(queue: UInt32, exchange: String, routingKey: String, time: Int64)

    /// The kind byte in the journal. A number is never used again.
    package enum Kind: UInt8, CaseIterable, Sendable {
        case published = 1
        case delivered = 2
        case acknowledged = 3
        case deadLettered = 4
        case redriven = 5
        case purged = 6
        case failureCounted = 7
        case exchangeDeclared = 16
        case queueDeclared = 17
        case bound = 18
    }

    package var kind: Kind {
        switch self {
        case .published: .published
        case .delivered: .delivered
        case .acknowledged: .acknowledged
        case .deadLettered: .deadLettered
        case .redriven: .redriven
        case .purged: .purged
        case .failureCounted: .failureCounted
        case .exchangeDeclared: .exchangeDeclared
        case .queueDeclared: .queueDeclared
        case .bound: .bound
        }
    }
}

/// A message that was accepted. In the journal its line, `<message_id> <envelope>\n`, follows at the end
/// of the record, so that a delivery is that piece of the record behind the word `Message:`.
package struct PublishedRecord: Sendable, Equatable {
    /// Microseconds since 1970.
    package var time: Int64
    package var sequence: UInt64
    package var id: MessageID
    package var sender: String
    package var exchange: String
    package var routingKey: String
    package var receiver: String?
    /// The numbers of the queues that got a copy.
    package var queues: [UInt32]
    /// Bytes of the envelope.
    package var size: UInt32

    /// Bytes of the line that follows: identity, blank, envelope, line end.
    package var lineBytes: Int { id.count + 1 + Int(size) + 1 }

    package init(
        time: Int64,
        sequence: UInt64,
        id: MessageID,
        sender: String,
        exchange: String,
        routingKey: String,
        receiver: String?,
        queues: [UInt32],
        size: UInt32
    ) {
        self.time = time
        self.sequence = sequence
        self.id = id
        self.sender = sender
        self.exchange = exchange
        self.routingKey = routingKey
        self.receiver = receiver
        self.queues = queues
        self.size = size
    }
}

/// Something that happened to one message in one queue.
package struct CopyRecord: Sendable, Equatable {
    /// Microseconds since 1970.
    package var time: Int64
    package var sequence: UInt64
    package var id: MessageID
    package var queue: UInt32
    /// The client that it was handed to or that acknowledged it; empty where none had a part in it.
    package var client: String

    package init(time: Int64, sequence: UInt64, id: MessageID, queue: UInt32, client: String) {
        self.time = time
        self.sequence = sequence
        self.id = id
        self.queue = queue
        self.client = client
    }
}
