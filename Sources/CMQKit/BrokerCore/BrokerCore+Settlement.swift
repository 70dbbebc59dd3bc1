package import CMQWire

extension BrokerCore {
    /// A receiver has processed a message.
    ///
    /// It counts when the session holds the message, when the message is addressed to its identity, or when
    /// its identity was the last to get it: a lease may have run out, or the broker been restarted, meanwhile.
    /// What is not in any queue (any more) is confirmed as well: it may have been settled long ago.
    package mutating func acknowledge(
        _ id: MessageID,
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) {
        guard let identity = sessions[session]?.identity else { return }
        guard let message = messages.find(id), messages[message].firstCopy != none else {
            return replyWhenDurable(.ackConfirmed(id), to: session, &effects)
        }
        guard let copy = copy(of: message, for: session, identity: identity) else {
            return reply(.error("message \(id) is not held by this client"), to: session, &effects)
        }
        let (queue, consumer) = (copies[copy].queue, copies[detailsOf: copy].consumer)
        takeOut(copy)
        counters.acknowledged += 1
        ticket += 1
        effects.encoded.append(acknowledged: record(of: copy, id: id, client: identity, now: now))
        drop(copy, now: now, effects: &effects)
        replyWhenDurable(.ackConfirmed(id), to: session, &effects)
        creditReturned(to: consumer, queue: queue, now: now, effects: &effects)
    }

    /// A receiver gives back one message, or all of them, undone; the delivery does not count as failed.
    package mutating func release(
        _ id: MessageID?,
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) {
        guard let state = sessions[session] else { return }
        guard let id else { return releaseAll(state, session: session, now: now, effects: &effects) }
        guard let message = messages.find(id), let copy = heldCopy(of: message, by: session) else {
            return reply(.released(0), to: session, &effects)
        }
        let (queue, consumer) = (copies[copy].queue, copies[detailsOf: copy].consumer)
        returnLease(copy, now: now, effects: &effects)
        reply(.released(1), to: session, &effects)
        creditReturned(to: consumer, queue: queue, now: now, effects: &effects)
    }

    /// Also ends the session's subscriptions: what comes back must not be pushed to it again at once.
    private mutating func releaseAll(
        _ state: Session,
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) {
        let holders = state.consumers.values.sorted() + state.fetchers.values.sorted()
        let released = holders.reduce(0) { $0 + consumers[$1].leases }
        let touched = Set(holders.map { consumers[$0].queue }).sorted()
        sessions[session]?.consumers = [:]
        sessions[session]?.fetchers = [:]
        // None of them may get what another one's return makes a dead letter.
        for holder in holders { consumers[holder].prefetch = 0 }
        for holder in holders { removeConsumer(holder, now: now, effects: &effects) }
        reply(.released(released), to: session, &effects)
        for queue in touched { dispatch(queue, now: now, effects: &effects) }
    }

    /// A receiver can never process a message: it goes to the dead-letter queue with the reason.
    package mutating func reject(
        _ id: MessageID,
        reason word: String,
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) {
        guard sessions[session] != nil else { return }
        guard let message = messages.find(id), let copy = heldCopy(of: message, by: session) else {
            return reply(.error("message \(id) is not held by this client"), to: session, &effects)
        }
        let (queue, consumer) = (copies[copy].queue, copies[detailsOf: copy].consumer)
        unlinkLease(copy)
        if queues[Int(queue)].isDeadLetterQueue {
            makeReady(copy, isReturned: true)
        } else {
            deadLetter(copy, reason: DeadLetterReason(receiverWord: word), now: now, effects: &effects)
        }
        replyWhenDurable(.rejected(id), to: session, &effects)
        creditReturned(to: consumer, queue: queue, now: now, effects: &effects)
    }

    /// The publisher of a message, or an administrator, wants it delivered once more.
    package mutating func resend(_ id: MessageID, session: SessionID, now: CoreTime, effects: inout Effects) {
        guard let state = sessions[session] else { return }
        guard let message = messages.find(id), messages[message].phase != .settled else {
            return reply(.messageNotFound, to: session, &effects)
        }
        guard messages[message].sender == state.identity || state.isAdmin else {
            return reply(.unauthorizedResend, to: session, &effects)
        }
        var copy = messages[message].firstCopy
        var touched: [UInt32] = []
        while copy != none {
            if copies[detailsOf: copy].origin != none, copies[copy].phase == .ready {
                touched.append(redrive(copy, now: now, effects: &effects))
            } else if copies[copy].phase == .leased {
                let consumer = copies[detailsOf: copy].consumer
                unlinkLease(copy)
                makeReady(copy, isReturned: true)
                takeTurn(consumer)
                touched.append(copies[copy].queue)
            }
            copy = copies[copy].nextOfMessage
        }
        replyWhenDurable(.resendRequested, to: session, &effects)
        for queue in touched { dispatch(queue, now: now, effects: &effects) }
    }

    // MARK: Administration

    /// Puts the ready dead letters of a queue back where they came from.
    ///
    /// - Parameter name: The queue that lost them, or its dead-letter queue.
    package mutating func redriveAll(_ name: String, session: SessionID, now: CoreTime, effects: inout Effects) {
        guard isAdmin(session, &effects) else { return }
        let deadName = name.hasSuffix(Queue.deadLetterSuffix) ? name : name + Queue.deadLetterSuffix
        guard let dead = queueNumbers[deadName] else {
            return reply(
                .error(
                    queueNumbers[name] == nil ? "queue '\(name)' does not exist" : "queue '\(name)' has no dead letters"
                ),
                to: session,
                &effects
            )
        }
        let moved = readyCopies(of: dead).filter { copies[detailsOf: $0].origin != none }
        var touched: Set<UInt32> = []
        for copy in moved { touched.insert(redrive(copy, now: now, effects: &effects)) }
        replyWhenDurable(.redriven(moved.count), to: session, &effects)
        for queue in touched.sorted() { dispatch(queue, now: now, effects: &effects) }
    }

    /// Removes every message of a queue that no consumer holds.
    package mutating func purge(_ name: String, session: SessionID, now: CoreTime, effects: inout Effects) {
        guard isAdmin(session, &effects) else { return }
        guard let queue = queueNumbers[name] else {
            return reply(.error("queue '\(name)' does not exist"), to: session, &effects)
        }
        let doomed = readyCopies(of: queue)
        queues[Int(queue)].lanes = [:]
        for copy in doomed {
            emit(.purged(record(of: copy, now: now)), &effects)
            drop(copy, now: now, effects: &effects)
        }
        replyWhenDurable(.purged(doomed.count), to: session, &effects)
    }

    private func isAdmin(_ session: SessionID, _ effects: inout Effects) -> Bool {
        if sessions[session]?.isAdmin == true { return true }
        reply(.error("only identities in [security] admins may do this"), to: session, &effects)
        return false
    }

    private func readyCopies(of queue: UInt32) -> [UInt32] {
        var entries: [Lane.Entry] = []
        for lane in queues[Int(queue)].lanes.values { entries += lane.all }
        return entries.sorted { $0.sequence < $1.sequence }.map(\.copy)
    }

    // MARK: Finding

    private func heldCopy(of message: UInt32, by session: SessionID) -> UInt32? {
        firstCopy(of: message) { copy in
            let consumer = copies[detailsOf: copy].consumer
            return consumer != none && consumers[consumer].session == session
        }
    }

    private func copy(of message: UInt32, for session: SessionID, identity: UInt32) -> UInt32? {
        heldCopy(of: message, by: session)
            ?? firstCopy(of: message) { copies[$0].phase != .staged && copies[detailsOf: $0].lastReceiver == identity }
            ?? (messages[message].receiver == identity
                ? firstCopy(of: message) { copies[$0].phase != .staged } : nil)
    }

    private func firstCopy(of message: UInt32, where condition: (UInt32) -> Bool) -> UInt32? {
        var copy = messages[message].firstCopy
        while copy != none, !condition(copy) { copy = copies[copy].nextOfMessage }
        return copy == none ? nil : copy
    }

    // MARK: Moving

    /// Takes a copy from its consumer or out of its lane.
    mutating func takeOut(_ copy: UInt32) {
        switch copies[copy].phase {
        case .leased: unlinkLease(copy)
        case .ready:
            let sequence = messages[copies[copy].message].sequence
            queues[Int(copies[copy].queue)].lanes[lane(of: copy)]?.remove(copy, sequence: sequence)
        case .staged: break
        }
    }

    /// Moves a copy that is in nobody's hands and in no lane to the dead-letter queue.
    mutating func deadLetter(_ copy: UInt32, reason: DeadLetterReason, now: CoreTime, effects: inout Effects) {
        let name = queues[Int(copies[copy].queue)].name + Queue.deadLetterSuffix
        // Made even beyond the limit of queues: nothing may disappear for want of a place.
        let destination = queueNumbers[name] ?? makeQueue(name, now: now, effects: &effects)
        counters.deadLettered += 1
        emit(.deadLettered(record(of: copy, now: now), into: destination, reason: reason), &effects)
        guard bury(copy, in: destination, reason: reason, now: now, effects: &effects) else { return }
        makeReady(copy, isReturned: true)
        dispatch(destination, now: now, effects: &effects)
    }

    /// Changes the queue of a copy to a dead-letter queue.
    ///
    /// A message is in a queue at most once, because records name a copy by its queue. Where the message was
    /// published to the dead-letter queue as well, that copy stands for both from then on.
    ///
    /// - Returns: whether the copy is still there.
    mutating func bury(
        _ copy: UInt32,
        in destination: UInt32,
        reason: DeadLetterReason,
        now: CoreTime,
        effects: inout Effects
    ) -> Bool {
        let source = copies[copy].queue
        let other = firstCopy(of: copies[copy].message) { copies[$0].queue == destination }
        let remaining = other ?? copy
        if other == nil {
            move(copy, to: destination, now: now)
        } else {
            drop(copy, now: now, effects: &effects)
        }
        copies[detailsOf: remaining].origin = source
        copies[detailsOf: remaining].reason = reason
        return other == nil
    }

    /// Puts a ready dead letter back; returns the queue that got it.
    private mutating func redrive(_ copy: UInt32, now: CoreTime, effects: inout Effects) -> UInt32 {
        let destination = copies[detailsOf: copy].origin
        takeOut(copy)
        emit(.redriven(record(of: copy, now: now), into: destination), &effects)
        move(copy, to: destination, now: now)
        copies[detailsOf: copy].origin = none
        copies[detailsOf: copy].reason = .none
        copies[detailsOf: copy].failures = 0
        copies[detailsOf: copy].deliveries = 0
        makeReady(copy, isReturned: true)
        return destination
    }

    /// Changes the queue of a copy, and nothing else.
    mutating func move(_ copy: UInt32, to destination: UInt32, now: CoreTime) {
        let size = Int(messages[copies[copy].message].size)
        let source = Int(copies[copy].queue)
        queues[source].messages -= 1
        queues[source].bytes -= size
        queues[Int(destination)].messages += 1
        queues[Int(destination)].bytes += size
        copies[copy].queue = destination
        copies[copy].enqueuedAt = now.wall
    }

    /// Forgets a copy; with the last one its message is settled.
    mutating func drop(_ copy: UInt32, now: CoreTime, effects: inout Effects) {
        let (message, queue) = (copies[copy].message, Int(copies[copy].queue))
        queues[queue].messages -= 1
        queues[queue].bytes -= Int(messages[message].size)
        setLastReceiver(of: copy, none)
        unlinkCopy(copy, from: message)
        copies.remove(copy)
        if messages[message].firstCopy == none {
            effects.settledLocations.append(messages[message].location)
            settle(message, at: now.wall)
        }
    }

    private mutating func unlinkCopy(_ copy: UInt32, from message: UInt32) {
        if messages[message].firstCopy == copy {
            messages[message].firstCopy = copies[copy].nextOfMessage
            return
        }
        var previous = messages[message].firstCopy
        while copies[previous].nextOfMessage != copy { previous = copies[previous].nextOfMessage }
        copies[previous].nextOfMessage = copies[copy].nextOfMessage
    }

    /// Keeps only a message's identity, for the time in which retries are expected.
    mutating func settle(_ message: UInt32, at time: Int64) {
        names.release(messages[message].receiver)
        messages[message].settle(at: time)
        if lastSettled == none { firstSettled = message } else { messages[lastSettled].nextSettled = message }
        lastSettled = message
        settledCount += 1
        if settledCount > limits.deduplicationIDs { forgetOldestSettled() }
    }

    mutating func forgetOldestSettled() {
        let message = firstSettled
        guard message != none else { return }
        firstSettled = messages[message].nextSettled
        if firstSettled == none { lastSettled = none }
        names.release(messages[message].sender)
        messages.remove(message)
        settledCount -= 1
    }

    private mutating func creditReturned(
        to consumer: UInt32,
        queue: UInt32,
        now: CoreTime,
        effects: inout Effects
    ) {
        guard consumer != none, consumers[consumer].queue == queue else { return }
        takeTurn(consumer)
        dispatch(queue, now: now, effects: &effects)
    }
}
