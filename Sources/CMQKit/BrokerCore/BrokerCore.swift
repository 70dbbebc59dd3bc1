internal import CMQWire
internal import DequeModule

/// The broker as a deterministic state machine: (state, input, time) → effects.
///
/// It routes, queues, leases and remembers, and does nothing else: no input or output, no clock,
/// no randomness, no locks. The same inputs give the same effects, byte for byte.
///
/// Replies that promise durability carry a *ticket*: the number of the journal record that must be
/// durable before the line may leave. ``committed(through:now:effects:)`` tells the core how far that is;
/// only then do new messages become visible to consumers.
package struct BrokerCore: Sendable {
    package let limits: CoreLimits
    var names = NameTable()
    var exchanges: [String: Exchange] = [:] {
        didSet { lastRoute = nil }
    }
    /// Where the last message went: the next one usually goes the same way.
    var lastRoute: Route?
    var bindingCount = 0
    var queues: [Queue] = []
    var queueNumbers: [String: UInt32] = [:]
    var messages = MessageStore()
    var copies = CopyStore()
    var consumers = Slab<Consumer>()
    var sessions: [SessionID: Session] = [:]
    /// Messages whose record is not durable yet, in the order of their tickets.
    var staged: Deque<(ticket: UInt64, message: UInt32)> = []
    var firstSettled = none
    var lastSettled = none
    var settledCount = 0
    var nextSequence: UInt64 = 1
    /// The number of records made so far, which is the ticket of the last one.
    package internal(set) var ticket: UInt64 = 0
    package internal(set) var counters = Counters()

    package init(limits: CoreLimits = CoreLimits()) {
        self.limits = limits
    }

    /// Messages that are not settled everywhere.
    package var waitingMessages: Int { messages.count - settledCount }

    /// Lets go of room that is not used; changes nothing that can be seen.
    package mutating func dropBuffers() {
        if staged.isEmpty { staged = [] }
    }

    /// What happened since the start.
    package struct Counters: Sendable, Equatable, Codable {
        package var published: UInt64 = 0
        package var duplicates: UInt64 = 0
        package var refused: UInt64 = 0
        package var delivered: UInt64 = 0
        package var redelivered: UInt64 = 0
        package var acknowledged: UInt64 = 0
        package var deadLettered: UInt64 = 0
        package var leasesExpired: UInt64 = 0

        enum CodingKeys: String, CodingKey {
            case published, duplicates, refused, delivered, redelivered, acknowledged
            case deadLettered = "dead_lettered"
            case leasesExpired = "leases_expired"
        }
    }

    // MARK: Sessions

    /// A client connected. Its identity is the Common Name of its certificate.
    package mutating func connected(_ session: SessionID, identity: String, isAdmin: Bool = false) {
        var state = Session(identity: names.retain(identity))
        state.isAdmin = isAdmin
        sessions[session] = state
    }

    /// A connection ended: what it held comes back to the queues.
    ///
    /// Consumers work in order, so only the oldest message that each subscription held is
    /// suspected of having ended it; only that delivery counts as failed.
    package mutating func disconnected(_ session: SessionID, now: CoreTime, effects: inout Effects) {
        guard let state = sessions.removeValue(forKey: session) else { return }
        var touched: [UInt32] = []
        for consumer in state.consumers.values.sorted() + state.fetchers.values.sorted() {
            touched.append(consumers[consumer].queue)
            let suspect = consumers[consumer].firstLease
            if suspect != none { countFailure(of: suspect, now: now, effects: &effects) }
            removeConsumer(consumer, now: now, effects: &effects)
        }
        names.release(state.identity)
        for queue in touched { dispatch(queue, now: now, effects: &effects) }
    }

    // MARK: Helpers of all inputs

    mutating func emit(_ record: BrokerRecord, _ effects: inout Effects) {
        ticket += 1
        effects.encoded.append(record)
    }

    /// A reply that may leave as soon as everything before it may.
    func reply(_ reply: Reply, to session: SessionID, _ effects: inout Effects) {
        effects.outputs.append(.reply(session, reply, ticket: 0))
    }

    /// A reply that may leave once everything that was recorded so far is durable.
    func replyWhenDurable(_ reply: Reply, to session: SessionID, _ effects: inout Effects) {
        effects.outputs.append(.reply(session, reply, ticket: ticket))
    }

    /// - Parameter id: The message's identity, where it is at hand.
    func record(of copy: UInt32, id: MessageID? = nil, client: UInt32 = none, now: CoreTime) -> CopyRecord {
        let message = copies[copy].message
        return CopyRecord(
            time: now.wall,
            sequence: messages[message].sequence,
            id: id ?? messages.id(of: message),
            queue: copies[copy].queue,
            client: client == none ? "" : names[client]
        )
    }
}
