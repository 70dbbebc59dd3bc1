/// Every bound that the core enforces. What happens at each of them is said beside it.
package struct CoreLimits: Sendable, Equatable {
    /// Bytes of the name of a queue or an exchange, or of a routing key; a longer one is refused.
    package var nameBytes = 255
    /// Queues in all; declaring one more is refused.
    package var queues = 100_000
    /// Exchanges in all; declaring one more is refused.
    package var exchanges = 10_000
    /// Bindings in all; one more is refused.
    package var bindings = 200_000
    /// Queues that one message may go to, which is as many as a record can name; a publish to more is refused.
    package var queuesOfMessage = Int(UInt16.max)
    /// Bytes of one envelope; a larger one is refused.
    package var messageBytes = 16 << 20
    /// Messages waiting or leased in one queue; a publish beyond is refused.
    package var queueMessages = 10_000_000
    /// Bytes of envelopes in one queue; a publish beyond is refused.
    package var queueBytes = 64 << 30
    /// How long a message may wait, in microseconds; then it is dead-lettered as expired. 0: for ever.
    package var messageAge: Int64 = 0
    /// Messages that one consumer may hold unacknowledged when it names no prefetch.
    package var prefetchDefault = 1_000
    /// The largest prefetch; a larger wish is cut down to it.
    package var prefetchMax = 65_535
    /// Bytes on their way to one session that it has not taken yet; delivery to it pauses beyond.
    package var sessionOutputBytes = 8 << 20
    /// How long a consumer may hold a message without acknowledging it, in nanoseconds.
    package var lease: UInt64 = 60_000_000_000
    /// Deliveries that failed (lease ran out, consumer vanished with it) before a message is dead-lettered.
    package var maxDeliveries = 20
    /// How long the identities of settled messages are remembered, in microseconds.
    package var deduplicationWindow: Int64 = 24 * 3_600 * 1_000_000
    /// How many identities of settled messages are remembered; the oldest go first.
    package var deduplicationIDs = 1_000_000
    /// A message addressed to a receiver is handed only to that identity.
    package var enforcesReceiver = true

    package init() {}
}
