/// One message in one queue.
struct Copy: Sendable {
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
    /// The next copy of the same message.
    var nextOfMessage = none
    /// Where ``CopyStore`` has what most waiting copies do not need, or ``none``.
    fileprivate var details = none
    // The phase in the lowest eight bits, the time above.
    private var word: Int64

    init(message: UInt32, queue: UInt32, enqueuedAt: Int64) {
        self.message = message
        self.queue = queue
        word = enqueuedAt << 8 | Int64(Phase.staged.rawValue)
    }

    static let vacant = Copy(message: none, queue: none, enqueuedAt: 0)

    var phase: Phase {
        get { Phase(rawValue: UInt8(truncatingIfNeeded: word)) ?? .staged }
        set { word = word & ~0xFF | Int64(newValue.rawValue) }
    }

    /// When it came into this queue, in microseconds since 1970.
    var enqueuedAt: Int64 {
        get { word >> 8 }
        set { word = newValue << 8 | word & 0xFF }
    }
}

/// What only a copy has that was handed out or dead-lettered.
struct CopyDetails: Sendable, Equatable {
    /// The queue that it was dead-lettered from, or ``none``.
    var origin = none
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
    var reason = DeadLetterReason.none
    /// When the lease ends, on the monotonic clock.
    var deadline: UInt64 = 0

    static let unused = CopyDetails()
}

/// All copies, and the details of those that have any.
struct CopyStore: Sendable {
    private var copies = Slab<Copy>()
    private var details = Slab<CopyDetails>()

    mutating func insert(_ copy: Copy) -> UInt32 { copies.insert(copy) }

    mutating func remove(_ number: UInt32) {
        let details = copies[number].details
        if details != none { self.details.remove(details, leaving: .unused) }
        copies.remove(number, leaving: .vacant)
    }

    subscript(number: UInt32) -> Copy {
        @inline(__always) _read { yield copies[number] }
        @inline(__always) _modify { yield &copies[number] }
    }

    /// A copy's details; they take memory from the first change on.
    subscript(detailsOf number: UInt32) -> CopyDetails {
        get {
            let place = copies[number].details
            return place == none ? .unused : details[place]
        }
        @inline(__always) _modify {
            if copies[number].details == none { copies[number].details = details.insert(.unused) }
            yield &details[copies[number].details]
        }
    }
}
