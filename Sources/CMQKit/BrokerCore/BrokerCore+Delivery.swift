internal import CMQWire
internal import DequeModule

extension BrokerCore {
    /// Subscribes a session to a queue, which is made if need be; a second time only changes the prefetch.
    package mutating func consume(
        _ name: String,
        prefetch: Int?,
        session: SessionID,
        now: CoreTime,
        effects: inout Effects
    ) {
        guard let state = sessions[session] else { return }
        makeInitialTopology(naming: name, now: now, effects: &effects)
        let queue: UInt32
        switch ensureQueue(name, now: now, effects: &effects) {
        case .success(let number): queue = number
        case .failure(let refusal): return reply(.error(refusal.reason), to: session, &effects)
        }
        let credit = min(max(prefetch ?? limits.prefetchDefault, 1), limits.prefetchMax)
        let consumer: UInt32
        if let existing = state.consumers[queue] {
            consumer = existing
            consumers[consumer].prefetch = credit
        } else {
            consumer = addConsumer(session: session, queue: queue, prefetch: credit)
            sessions[session]?.consumers[queue] = consumer
        }
        replyWhenDurable(.subscribed, to: session, &effects)
        takeTurn(consumer)
        dispatch(queue, now: now, effects: &effects)
    }

    /// Hands out one message on request; it is leased like a pushed one.
    package mutating func fetch(_ name: String, session: SessionID, now: CoreTime, effects: inout Effects) {
        guard let state = sessions[session] else { return }
        guard let queue = queueNumbers[name], let lane = nextLane(of: queue, for: state.identity) else {
            return reply(.noMessages, to: session, &effects)
        }
        let fetcher: UInt32
        if let existing = state.fetchers[queue] {
            fetcher = existing
        } else {
            fetcher = addConsumer(session: session, queue: queue, prefetch: 0)
            sessions[session]?.fetchers[queue] = fetcher
        }
        guard consumers[fetcher].leases < limits.prefetchMax else {
            return reply(.error("too many unacknowledged messages (\(limits.prefetchMax))"), to: session, &effects)
        }
        if let entry = queues[Int(queue)].lanes[lane]?.popFirst() {
            deliver(entry.copy, to: fetcher, now: now, effects: &effects)
        }
    }

    /// Whether a session is to take what it was given before it gets more.
    package func isOutputFull(_ session: SessionID) -> Bool {
        (sessions[session]?.outputBytes ?? 0) >= limits.sessionOutputBytes
    }

    /// The peer's connection took `bytes` bytes of envelopes that were handed out before.
    package mutating func outputTaken(session: SessionID, bytes: Int, now: CoreTime, effects: inout Effects) {
        guard let state = sessions[session] else { return }
        sessions[session]?.outputBytes -= bytes
        guard state.outputBytes >= limits.sessionOutputBytes, state.outputBytes - bytes < limits.sessionOutputBytes
        else { return }
        for consumer in state.consumers.values.sorted() {
            takeTurn(consumer)
            dispatch(consumers[consumer].queue, now: now, effects: &effects)
        }
    }

    // MARK: Handing out

    /// Hands out what can be handed out of a queue now.
    mutating func dispatch(_ queue: UInt32, now: CoreTime, effects: inout Effects) {
        guard !queues[Int(queue)].consumers.isEmpty else { return }
        if let only = queues[Int(queue)].onlyWaitingLane {
            if only.count > 0 { drain(only.lane, of: queue, now: now, effects: &effects) }
            return queues[Int(queue)].dropIdleLanes()
        }
        // Receivers that are away may be many: their lanes are not looked at.
        let addressed = queues[Int(queue)].addressedLanes
        if queues[Int(queue)].lanes[none]?.isEmpty == false, !addressed.isEmpty {
            drainInOrder(addressed + [none], of: queue, now: now, effects: &effects)
        } else {
            for lane in addressed { drain(lane, of: queue, now: now, effects: &effects) }
            drain(none, of: queue, now: now, effects: &effects)
        }
        queues[Int(queue)].dropIdleLanes()
    }

    /// Hands out from several lanes by turns, oldest message first: a consumer sees what is addressed to it and
    /// what is for anybody in the order of publishing.
    private mutating func drainInOrder(
        _ lanes: [UInt32],
        of queue: UInt32,
        now: CoreTime,
        effects: inout Effects
    ) {
        var open = lanes
        while true {
            open.removeAll { queues[Int(queue)].lanes[$0]?.isEmpty != false }
            let heads = open.map { (lane: $0, sequence: queues[Int(queue)].lanes[$0]?.first?.sequence ?? .max) }
            guard let next = heads.min(by: { $0.sequence < $1.sequence })?.lane else { return }
            guard let consumer = nextInTurn(next, of: queue),
                let entry = queues[Int(queue)].lanes[next]?.popFirst()
            else {
                // Nobody has credit for this lane; the others may still go.
                open.removeAll { $0 == next }
                continue
            }
            deliver(entry.copy, to: consumer, now: now, effects: &effects)
            takeTurn(consumer)
        }
    }

    private mutating func drain(_ lane: UInt32, of queue: UInt32, now: CoreTime, effects: inout Effects) {
        while queues[Int(queue)].lanes[lane]?.isEmpty == false {
            guard let consumer = nextInTurn(lane, of: queue) else { return }
            guard let entry = queues[Int(queue)].lanes[lane]?.popFirst() else { return }
            deliver(entry.copy, to: consumer, now: now, effects: &effects)
            takeTurn(consumer)
        }
    }

    /// The next consumer in line that has credit; those without lose their place until they get some.
    private mutating func nextInTurn(_ lane: UInt32, of queue: UInt32) -> UInt32? {
        while let consumer = queues[Int(queue)].turns[lane]?.popFirst() {
            if lane == none {
                consumers[consumer].waitsForAny = false
            } else {
                consumers[consumer].waitsForAddressed = false
            }
            if hasCredit(consumer) { return consumer }
        }
        return nil
    }

    private func hasCredit(_ consumer: UInt32) -> Bool {
        let state = consumers[consumer]
        guard state.leases < state.prefetch, let session = sessions[state.session] else { return false }
        return session.outputBytes < limits.sessionOutputBytes
    }

    /// Puts a consumer at the end of its lines, if it has credit.
    mutating func takeTurn(_ consumer: UInt32) {
        guard consumers[consumer].isSubscription, hasCredit(consumer) else { return }
        let queue = Int(consumers[consumer].queue)
        if !consumers[consumer].waitsForAddressed {
            consumers[consumer].waitsForAddressed = true
            queues[queue].turns[consumers[consumer].identity, default: []].append(consumer)
        }
        if !consumers[consumer].waitsForAny {
            consumers[consumer].waitsForAny = true
            queues[queue].turns[none, default: []].append(consumer)
        }
    }

    /// The lane that holds the next message for an identity.
    private func nextLane(of queue: UInt32, for identity: UInt32) -> UInt32? {
        let own = queues[Int(queue)].lanes[identity]?.first
        let open = queues[Int(queue)].lanes[none]?.first
        switch (own, open) {
        case (nil, nil): return nil
        case (_?, nil): return identity
        case (nil, _?): return none
        case (let own?, let open?): return own.sequence < open.sequence ? identity : none
        }
    }

    private mutating func deliver(_ copy: UInt32, to consumer: UInt32, now: CoreTime, effects: inout Effects) {
        let state = consumers[consumer]
        let number = copies[copy].message
        let (message, id) = (messages[number], messages.id(of: number))
        copies[copy].phase = .leased
        setLastReceiver(of: copy, state.identity)
        // Changed aside and put back once: each access looks for its place anew.
        var lease = copies[detailsOf: copy]
        let isRedelivery = lease.deliveries > 0
        if lease.deliveries < .max { lease.deliveries += 1 }
        lease.deadline = now.monotonic &+ limits.lease
        lease.consumer = consumer
        lease.previousLease = state.lastLease
        lease.nextLease = none
        copies[detailsOf: copy] = lease
        linkLease(copy, behind: state.lastLease, of: consumer)
        queues[Int(state.queue)].leased += 1
        sessions[state.session]?.outputBytes += Int(message.size)
        counters.delivered += 1
        if isRedelivery { counters.redelivered += 1 }
        ticket += 1
        let record = record(of: copy, id: id, client: state.identity, now: now)
        effects.encoded.append(delivered: record, attempt: lease.deliveries)
        effects.outputs.append(
            .delivery(
                state.session,
                Effects.Delivery(
                    location: message.location,
                    lineBytes: id.count + 1 + Int(message.size) + 1,
                    size: Int(message.size),
                    redelivered: isRedelivery
                )
            )
        )
    }

    // MARK: Copies

    func lane(of copy: UInt32) -> UInt32 {
        limits.enforcesReceiver ? messages[copies[copy].message].receiver : none
    }

    /// Puts a copy into its lane.
    mutating func makeReady(_ copy: UInt32, isReturned: Bool) {
        copies[copy].phase = .ready
        let entry = Lane.Entry(sequence: messages[copies[copy].message].sequence, copy: copy)
        let queue = Int(copies[copy].queue)
        if isReturned {
            queues[queue].lanes[lane(of: copy), default: Lane()].putBack(entry)
        } else {
            queues[queue].lanes[lane(of: copy), default: Lane()].append(entry)
        }
    }

    mutating func setLastReceiver(of copy: UInt32, _ identity: UInt32) {
        guard copies[detailsOf: copy].lastReceiver != identity else { return }
        names.release(copies[detailsOf: copy].lastReceiver)
        names.retain(identity)
        copies[detailsOf: copy].lastReceiver = identity
    }

    // MARK: Consumers and their leases

    private mutating func addConsumer(session: SessionID, queue: UInt32, prefetch: Int) -> UInt32 {
        let identity = sessions[session]?.identity ?? none
        names.retain(identity)
        let consumer = consumers.insert(
            Consumer(session: session, queue: queue, identity: identity, prefetch: prefetch)
        )
        if prefetch > 0 { queues[Int(queue)].consumers.append(consumer) }
        return consumer
    }

    /// Gives back what a consumer held and forgets it.
    mutating func removeConsumer(_ consumer: UInt32, now: CoreTime, effects: inout Effects) {
        let state = consumers[consumer]
        let queue = Int(state.queue)
        queues[queue].consumers.removeAll { $0 == consumer }
        if state.waitsForAddressed {
            queues[queue].turns[state.identity]?.removeAll { $0 == consumer }
        }
        if queues[queue].turns[state.identity]?.isEmpty == true { queues[queue].turns[state.identity] = nil }
        if state.waitsForAny { queues[queue].turns[none]?.removeAll { $0 == consumer } }
        while consumers[consumer].firstLease != none {
            returnLease(consumers[consumer].firstLease, now: now, effects: &effects)
        }
        names.release(state.identity)
        consumers.remove(consumer, leaving: .vacant)
    }

    private mutating func linkLease(_ copy: UInt32, behind last: UInt32, of consumer: UInt32) {
        if last == none {
            consumers[consumer].firstLease = copy
        } else {
            copies[detailsOf: last].nextLease = copy
        }
        consumers[consumer].lastLease = copy
        consumers[consumer].leases += 1
    }

    /// Takes a copy out of its consumer's hands.
    mutating func unlinkLease(_ copy: UInt32) {
        var lease = copies[detailsOf: copy]
        let (previous, next, consumer) = (lease.previousLease, lease.nextLease, lease.consumer)
        if previous == none {
            consumers[consumer].firstLease = next
        } else {
            copies[detailsOf: previous].nextLease = next
        }
        if next == none {
            consumers[consumer].lastLease = previous
        } else {
            copies[detailsOf: next].previousLease = previous
        }
        lease.previousLease = none
        lease.nextLease = none
        lease.consumer = none
        copies[detailsOf: copy] = lease
        consumers[consumer].leases -= 1
        queues[Int(copies[copy].queue)].leased -= 1
    }

    /// Puts a leased copy back into its queue, or into the dead-letter queue if it failed too often.
    mutating func returnLease(_ copy: UInt32, now: CoreTime, effects: inout Effects) {
        unlinkLease(copy)
        let isHopeless = Int(copies[detailsOf: copy].failures) >= limits.maxDeliveries
        if isHopeless, !queues[Int(copies[copy].queue)].isDeadLetterQueue {
            deadLetter(copy, reason: .maxDeliveries, now: now, effects: &effects)
        } else {
            makeReady(copy, isReturned: true)
        }
    }

    mutating func countFailure(of copy: UInt32, now: CoreTime, effects: inout Effects) {
        if copies[detailsOf: copy].failures < .max { copies[detailsOf: copy].failures += 1 }
        emit(.failureCounted(record(of: copy, now: now)), &effects)
    }
}
