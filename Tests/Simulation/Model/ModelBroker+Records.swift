import CMQBrokerCore
import CMQWire

extension ModelBroker {
    /// Checks a record against everything that is promised, and follows it.
    ///
    /// - Parameter delivery: what is handed out with a `delivered` record.
    mutating func follow(
        _ record: BrokerRecord,
        at location: Int,
        durable: Int,
        cause: Cause,
        delivery: (session: SessionID, effect: Effects.Delivery)?,
        now: CoreTime
    ) throws(Violation) {
        switch record {
        case .published(let record): try checkPublished(record, at: location, cause: cause)
        case .delivered(let record, let attempt):
            guard let delivery else { throw Violation(.modelAgrees, "\(record.id) is recorded but not handed out") }
            try checkDelivered(record, attempt, delivery, durable: durable, cause: cause, now: now)
        case .acknowledged(let record): try checkAcknowledged(record, at: location, cause: cause)
        case .deadLettered(let record, let queue, let reason):
            try checkDeadLettered(record, into: queue, reason: reason, at: location, cause: cause, now: now)
        case .redriven(let record, let queue): try checkRedriven(record, into: queue, cause: cause)
        case .purged(let record): try checkPurged(record, at: location, cause: cause)
        case .failureCounted(let record): try checkFailure(record, cause: cause)
        case .exchangeDeclared(let name, let kind, _):
            try require(exchanges[name] == nil, .nothingTwice, "exchange \(name) is declared twice")
            try require(exchanges.count < limits.exchanges, .limitsHold, "one exchange too many")
            exchanges[name] = ModelExchange(kind: kind)
        case .queueDeclared(let number, let name, _):
            try require(queueNumbers[name] == nil && number == queues.count, .nothingTwice, "queue \(name)")
            try require(queues.count < limits.queues || name.hasSuffix(".dead"), .limitsHold, "one queue too many")
            declare(number, name)
            if case .consume(name, let prefetch, let session) = cause { subscribe(session, to: number, prefetch) }
        case .bound(let queue, let exchange, let key, _):
            let binding = ModelExchange.Binding(key: key, queue: queue)
            let count = exchanges.values.reduce(0) { $0 + $1.bindings.count }
            try require(count < limits.bindings, .limitsHold, "one binding too many")
            try require(
                exchanges[exchange]?.bindings.insert(binding).inserted == true,
                .nothingTwice,
                "\(binding) of \(exchange)"
            )
        }
    }

    private func find(_ record: CopyRecord) throws(Violation) -> (message: ModelMessage, index: Int) {
        guard let message = live[record.id], let index = message.copy(in: record.queue) else {
            let isGone = remembered[record.id] != nil
            throw Violation(
                isGone ? .confirmedStaysGone : .modelAgrees,
                "\(record.id) is not in queue \(record.queue)\(isGone ? ": it was settled" : "")"
            )
        }
        try require(message.sequence == record.sequence, .modelAgrees, "\(record.id) has another sequence")
        return (message, index)
    }

    private mutating func checkPublished(_ record: PublishedRecord, at location: Int, cause: Cause) throws(Violation) {
        guard case .publish(let publication, let session) = cause, publication.id == record.id else {
            throw Violation(.nothingUnexpected, "\(record.id) is stored, but nobody published it")
        }
        try require(live[record.id] == nil, .nothingTwice, "\(record.id) is stored although it is in a queue")
        try require(remembered[record.id] == nil, .nothingTwice, "\(record.id) is stored although it is remembered")
        try require(sessions[session]?.identity == record.sender, .onlyWithPermission, "\(record.id): other sender")
        try require(publication.receiver == record.receiver, .onlyTheReceiver, "\(record.id): other receiver")
        try require(!mustRefuse(publication), .limitsHold, "\(record.id) is stored beyond a limit or without a route")
        try require(
            Set(record.queues) == route(publication) && Set(record.queues).count == record.queues.count,
            .modelAgrees,
            "\(record.id) goes to \(record.queues) and not to \(route(publication).sorted())"
        )
        try require(record.sequence >= nextSequence, .inOrder, "\(record.id) has the sequence \(record.sequence)")
        add(record, at: location)
        staged.append(record.id)
        didMatter = true
        counters.published += 1
    }

    private mutating func checkDelivered(
        _ record: CopyRecord,
        _ attempt: UInt16,
        _ delivery: (session: SessionID, effect: Effects.Delivery),
        durable: Int,
        cause: Cause,
        now: CoreTime
    ) throws(Violation) {
        let (message, index) = try find(record)
        let copy = message.copies[index]
        try require(message.location < durable, .durableFirst, "\(record.id) is handed out before it is durable")
        try require(copy.holder == nil, .oneLease, "\(record.id) is handed out although it is leased")
        try require(copy.phase == .ready, .durableFirst, "\(record.id) is handed out although it is not ready")
        let lane = lane(of: message, in: record.queue)
        try require(
            lane.receiver.isEmpty || lane.receiver == record.client,
            .onlyTheReceiver,
            "\(record.id) is for \(lane.receiver) and goes to \(record.client)"
        )
        try require(Int(delivery.effect.location) == message.location, .modelAgrees, "\(record.id): other body")
        try require(delivery.effect.size == message.size, .modelAgrees, "\(record.id): other size")
        try require(delivery.effect.redelivered == (copy.deliveries > 0), .modelAgrees, "\(record.id): redelivered?")
        try require(Int(attempt) == copy.deliveries + 1, .modelAgrees, "\(record.id): attempt \(attempt)")
        let holder = try checkCredit(record, delivery.session, cause: cause)
        try checkOrder(message, lane, client: record.client, isFirst: attempt == 1)
        takeOut(record.id, index)
        live[record.id]?.copies[index].phase = .leased(holder, deadline: now.monotonic + limits.lease)
        live[record.id]?.copies[index].deliveries += 1
        live[record.id]?.copies[index].lastReceiver = record.client
        holders[holder, default: []].append(record.id)
        sessions[delivery.session]?.outputBytes += message.size
        counters.delivered += 1
        if attempt > 1 { counters.redelivered += 1 }
    }

    private mutating func checkCredit(
        _ record: CopyRecord,
        _ session: SessionID,
        cause: Cause
    ) throws(Violation) -> HolderKey {
        guard let state = sessions[session], state.identity == record.client else {
            throw Violation(.onlyTheReceiver, "\(record.id) is handed to a connection that is gone or another's")
        }
        if case .fetch(_, session) = cause {
            let holder = HolderKey(session: session, queue: record.queue, isFetch: true)
            try require(holders[holder]?.count ?? 0 < limits.prefetchMax, .limitsHold, "\(record.id): fetched too many")
            try require(!didMatter, .rightAnswer, "one fetch, two messages")
            didMatter = true
            return holder
        }
        guard let prefetch = state.subscriptions[record.queue] else {
            throw Violation(.nothingUnexpected, "\(record.id) is pushed to a connection that does not consume")
        }
        let holder = HolderKey(session: session, queue: record.queue, isFetch: false)
        try require(holders[holder]?.count ?? 0 < prefetch, .limitsHold, "\(record.id): beyond the prefetch")
        try require(state.outputBytes < limits.sessionOutputBytes, .limitsHold, "\(record.id): output is full")
        return holder
    }

    /// What is addressed to a client and what is for anybody come to it in one order.
    private mutating func checkOrder(
        _ message: ModelMessage,
        _ lane: LaneKey,
        client: String,
        isFirst: Bool
    ) throws(Violation) {
        for receiver in ["", client] where checksLanes {
            let first = ready[LaneKey(queue: lane.queue, receiver: receiver)]?.first ?? .max
            try require(
                first >= message.sequence,
                .inOrder,
                "\(message.id) (\(message.sequence)) overtakes sequence \(first) on its way to \(client)"
            )
        }
        guard isFirst, !moved.contains(message.sequence) else { return }
        try require(
            message.sequence > firstDelivered[lane] ?? 0,
            .inOrder,
            "\(message.id) is first delivered after a later message"
        )
        firstDelivered[lane] = message.sequence
    }

    private mutating func checkAcknowledged(_ record: CopyRecord, at location: Int, cause: Cause) throws(Violation) {
        let (message, index) = try find(record)
        guard case .acknowledge(record.id, let session) = cause, !didMatter else {
            throw Violation(.nothingLost, "\(record.id) is settled, but nobody acknowledged it")
        }
        try require(
            copyToAcknowledge(record.id, by: session) == index,
            .onlyWithPermission,
            "\(record.id) in \(message.copies[index].queue) is not this client's to acknowledge"
        )
        didMatter = true
        counters.acknowledged += 1
        drop(record.id, index, at: record.time, by: location)
    }

    private mutating func checkDeadLettered(
        _ record: CopyRecord,
        into queue: UInt32,
        reason: DeadLetterReason,
        at location: Int,
        cause: Cause,
        now: CoreTime
    ) throws(Violation) {
        let (message, index) = try find(record)
        let copy = message.copies[index]
        try require(
            queue < queues.count && queues[Int(queue)] == queues[Int(record.queue)] + ".dead"
                && !isDeadLetterQueue(record.queue),
            .modelAgrees,
            "\(record.id) goes from queue \(record.queue) to \(queue)"
        )
        switch reason {
        case .expired:
            guard case .tick = cause, limits.messageAge > 0, copy.phase == .ready,
                copy.enqueuedAt < now.wall - limits.messageAge
            else { throw Violation(.nothingLost, "\(record.id) expires before its time") }
        case .maxDeliveries:
            try require(
                copy.phase == .ready && copy.failures >= limits.maxDeliveries,
                .failuresCounted,
                "\(record.id) is a dead letter after \(copy.failures) failures"
            )
        default:
            guard case .reject(record.id, let session) = cause, copy.holder?.session == session else {
                throw Violation(.onlyWithPermission, "\(record.id) is rejected by nobody who holds it")
            }
        }
        counters.deadLettered += 1
        deadLetter(record, index, into: queue, reason: reason, at: location)
        moved.insert(message.sequence)
    }

    private mutating func checkRedriven(_ record: CopyRecord, into queue: UInt32, cause: Cause) throws(Violation) {
        let (message, index) = try find(record)
        try require(
            message.copies[index].origin == queue && message.copies[index].phase == .ready,
            .modelAgrees,
            "\(record.id) is redriven into queue \(queue)"
        )
        switch cause {
        case .resend(record.id, _) where affected > 0: affected -= 1
        case .redrive(_, let session) where sessions[session]?.isAdmin == true: affected += 1
        default: throw Violation(.onlyWithPermission, "\(record.id) is redriven, and nobody asked")
        }
        try require(message.copy(in: queue) == nil, .nothingTwice, "\(record.id) is twice in queue \(queue)")
        redrive(record, index, into: queue)
    }

    private mutating func checkPurged(_ record: CopyRecord, at location: Int, cause: Cause) throws(Violation) {
        let (message, index) = try find(record)
        guard case .purge(let name, let session) = cause, sessions[session]?.isAdmin == true,
            queueNumbers[name] == record.queue, message.copies[index].phase == .ready
        else { throw Violation(.nothingLost, "\(record.id) is purged, and nobody may have asked for it") }
        affected += 1
        drop(record.id, index, at: record.time, by: location)
    }

    private mutating func checkFailure(_ record: CopyRecord, cause: Cause) throws(Violation) {
        let (_, index) = try find(record)
        let name = LeaseName(id: record.id, queue: record.queue)
        try require(failuresDue.remove(name) != nil, .failuresCounted, "\(record.id) did not fail")
        live[record.id]?.copies[index].failures += 1
        if case .tick = cause {
            counters.leasesExpired += 1
            makeReady(record.id, index)
            returned.append(name)
        }
    }
}
