/// A message that the broker took: durable and routed.
package struct MessageSent: Sendable, Equatable {
    /// The broker's number of the message, unique within a journal.
    package var sequence: UInt64
    /// The sender's name for it.
    package var messageID: String
    package var sender: String
    package var exchange: String
    package var routingKey: String
    /// The identity it is addressed to, where the envelope names one.
    package var receiver: String?
    /// The queues that got a copy each.
    package var queues: [String]
    /// The length of the envelope in bytes.
    package var sizeBytes: Int
    /// Microseconds since 1970.
    package var time: Int64

    package init(
        sequence: UInt64,
        messageID: String,
        sender: String,
        exchange: String,
        routingKey: String,
        receiver: String? = nil,
        queues: [String],
        sizeBytes: Int,
        time: Int64
    ) {
        self.sequence = sequence
        self.messageID = messageID
        self.sender = sender
        self.exchange = exchange
        self.routingKey = routingKey
        self.receiver = receiver
        self.queues = queues
        self.sizeBytes = sizeBytes
        self.time = time
    }
}
