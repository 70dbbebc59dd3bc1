/// The audit trail of one copy while events are folded into it. Times are microseconds since 1970.
///
/// A time that is set stays: a replay of old events must change nothing.
struct CopyRecord: Equatable {
    var queue: String?
    var deadLetterQueue: String?
    /// The client that acknowledged the copy, or until then the one that got it last.
    var consumer: String?
    var state = MessageState.waiting
    /// Why the copy was dead-lettered, the last time it was.
    var reason: String?
    var deliveries = 0
    var deliveredTime: Int64?
    var acknowledgedTime: Int64?
    /// When the copy was dead-lettered or purged.
    var removedTime: Int64?
    /// Whether the stored copy differs from this one.
    var isChanged = false

    init(queue: String?) {
        self.queue = queue
    }

    mutating func deliver(to client: String, attempt: Int, time: Int64) {
        deliveredTime = deliveredTime ?? time
        deliveries = max(deliveries, attempt)
        if state == .acknowledged { return }
        consumer = client
        // A dead copy that somebody looks at in its dead-letter queue stays dead until it is acknowledged there.
        if state == .waiting { state = .delivered }
    }

    mutating func acknowledge(by client: String, time: Int64) {
        guard state != .acknowledged else { return }
        acknowledgedTime = acknowledgedTime ?? time
        consumer = client
        state = .acknowledged
    }

    mutating func deadLetter(reason: String, to queue: String?, time: Int64) {
        guard state != .acknowledged, state != .purged else { return }
        state = .dead
        self.reason = reason
        deadLetterQueue = queue
        removedTime = time
    }

    mutating func redrive() {
        guard state == .dead else { return }
        state = .waiting
        deadLetterQueue = nil
    }

    mutating func remove(time: Int64) {
        guard state != .acknowledged, state != .purged else { return }
        state = .purged
        removedTime = time
    }
}
