/// One message in one queue.
struct Copy {
    enum Phase: UInt8 {
        /// Waits for its message's record to be durable.
        case staged
        /// Waits in a lane of its queue.
        case ready
        /// Held by a consumer.
        case leased
    }

    var message: UInt32
    var queue: UInt32
    /// The queue that it was dead-lettered from, or ``none``.
    var origin = none
    var reason = DeadLetterReason.none
    /// The next copy of the same message.
    var nextOfMessage = none
    /// Neighbours in the list of its consumer's leases, oldest first.
    var previousLease = none
    var nextLease = none
    var consumer = none
    /// The identity that it was last handed to, or ``none``; it may acknowledge even when its lease is gone.
    var lastReceiver = none
    /// Deliveries that count towards `maxDeliveries`.
    var failures: UInt16 = 0
    /// How often it was handed out from this queue.
    var deliveries: UInt16 = 0
    var phase = Phase.staged
    /// When the lease ends, on the monotonic clock.
    var deadline: UInt64 = 0
    /// When it came into this queue, in microseconds since 1970.
    var enqueuedAt: Int64

    static let vacant = Copy(message: none, queue: none, enqueuedAt: 0)
}
