/// The audit trail of one message while events are folded into it; the same for every engine.
struct MessageRecord {
    let messageID: String
    /// The broker's number; `nil` in a row of an earlier version.
    var sequence: UInt64?
    var sender: String?
    var exchange: String?
    var routingKey: String?
    var receiver: String?
    var sizeBytes: Int?
    /// Microseconds since 1970.
    var sentTime: Int64?
    /// One for each queue, at least one. A single one lives in the message's own row.
    var copies: [CopyRecord]
    /// Whether a `sent` event changed what is otherwise written only once.
    private(set) var isResent = false
    /// Whether stored copies belong to an earlier message of the same id.
    private(set) var hasReplacedCopies = false

    init(stored messageID: String) {
        self.messageID = messageID
        copies = []
    }

    init(_ sent: MessageSent) {
        messageID = sent.messageID
        sequence = sent.sequence
        sender = sent.sender
        exchange = sent.exchange
        routingKey = sent.routingKey
        receiver = sent.receiver
        sizeBytes = sent.sizeBytes
        sentTime = sent.time
        copies = Self.copies(for: sent.queues)
    }

    /// Folds an event in; says whether it concerns this message.
    mutating func apply(_ event: CatalogEvent) -> Bool {
        switch event {
        case .sent(let sent):
            return merge(sent)
        case .delivered(let reference, let client, let attempt, let time):
            return change(reference) { $0.deliver(to: client, attempt: attempt, time: time) }
        case .acknowledged(let reference, let client, let time):
            return change(reference) { $0.acknowledge(by: client, time: time) }
        case .deadLettered(let reference, let reason, let queue, let time):
            return change(reference) { $0.deadLetter(reason: reason, to: queue, time: time) }
        case .redriven(let reference, _):
            return change(reference) { $0.redrive() }
        case .removed(let reference, let time):
            return change(reference) { $0.remove(time: time) }
        case .exchangeDeclared, .exchangeDeleted, .queueDeclared, .queueDeleted, .bound, .unbound,
            .topologyReplaced:
            return false
        }
    }

    /// The broker forgets old ids, so the same sender may use one again. The row then follows the
    /// newest message and keeps the times of the first. Another sender's message of the same id is
    /// left out: nobody may rewrite somebody else's audit trail.
    private mutating func merge(_ sent: MessageSent) -> Bool {
        if let sequence, sequence == sent.sequence { return true }
        guard sender == nil || sender == sent.sender else { return false }
        let newest = MessageRecord(sent)
        sequence = newest.sequence
        sender = newest.sender
        exchange = newest.exchange
        routingKey = newest.routingKey
        receiver = newest.receiver
        sizeBytes = newest.sizeBytes
        sentTime = sentTime ?? newest.sentTime
        copies = newest.copies
        isResent = true
        hasReplacedCopies = true
        return true
    }

    private mutating func change(_ reference: CopyReference, _ body: (inout CopyRecord) -> Void) -> Bool {
        guard sequence == reference.sequence, let index = index(of: reference.queue) else { return false }
        body(&copies[index])
        copies[index].isChanged = true
        return true
    }

    private func index(of queue: String) -> Int? {
        // A single copy is meant whatever queue it has been moved to.
        if copies.count == 1 { return 0 }
        return copies.firstIndex { $0.queue == queue || $0.deadLetterQueue == queue }
    }

    private static func copies(for queues: [String]) -> [CopyRecord] {
        if queues.count < 2 { return [CopyRecord(queue: queues.first)] }
        var seen: Set<String> = []
        return queues.filter { seen.insert($0).inserted }.map { queue in
            var copy = CopyRecord(queue: queue)
            copy.isChanged = true
            return copy
        }
    }
}

/// What the row of the message says about all its copies.
extension MessageRecord {
    /// The only copy; `nil` where there are several.
    var onlyCopy: CopyRecord? { copies.count == 1 ? copies[0] : nil }

    // Closures, not key paths: those are looked up anew for each message.

    var state: MessageState { .combined(copies.lazy.map { $0.state }) }

    /// The first delivery of any copy.
    var deliveredTime: Int64? { copies.lazy.compactMap { $0.deliveredTime }.min() }

    /// When the last copy was acknowledged; `nil` until all are.
    var acknowledgedTime: Int64? {
        copies.allSatisfy { $0.state == .acknowledged } ? copies.lazy.compactMap { $0.acknowledgedTime }.max() : nil
    }

    var removedTime: Int64? { copies.lazy.compactMap { $0.removedTime }.max() }

    var reason: String? { copies.lazy.compactMap { $0.reason }.first }

    var deliveries: Int { copies.reduce(0) { $0 + $1.deliveries } }
}
