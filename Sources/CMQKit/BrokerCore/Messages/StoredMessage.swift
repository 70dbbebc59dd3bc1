internal import CMQWire

/// What the core keeps of a message. The envelope itself lies in the journal.
struct StoredMessage {
    enum Phase: UInt8 {
        /// Accepted, but its record is not known to be durable yet.
        case staged
        /// In at least one queue.
        case live
        /// Settled everywhere; only the identity is remembered, to recognise retries.
        case settled
    }

    var id: MessageID
    /// The broker's own number of the message, rising for ever.
    var sequence: UInt64
    /// Where the journal has the record with the envelope.
    var location: UInt64 = 0
    /// Bytes of the envelope.
    var size: UInt32
    var sender: UInt32
    /// The only identity that may receive it, or ``none``.
    var receiver: UInt32
    /// When it was settled, in microseconds since 1970.
    var settledAt: Int64 = 0
    /// The first of its copies, linked through ``Copy/nextOfMessage``.
    var firstCopy = none
    /// The next settled message, from old to new.
    var nextSettled = none
    var phase = Phase.staged

    static let vacant = StoredMessage(
        id: MessageID(trusted: UnsafeRawBufferPointer(start: nil, count: 0)),
        sequence: 0,
        size: 0,
        sender: none,
        receiver: none
    )
}
