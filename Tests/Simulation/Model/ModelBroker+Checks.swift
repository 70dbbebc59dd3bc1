import CMQBrokerCore
import CMQWire

extension ModelBroker {
    /// After a call: what it had to do, whether its answer is right.
    mutating func end(_ cause: Cause, answers: [Reply], settled: [UInt64], now: CoreTime) throws(Violation) {
        if case .tick = cause {
            forgetOld(now: now)
            try checkNothingIsTooOld(now: now)
        }
        try require(settled == settledNow, .modelAgrees, "settled \(settled), the model says \(settledNow)")
        try require(failuresDue.isEmpty, .failuresCounted, "these deliveries have failed: \(failuresDue)")
        for name in returned {
            guard let message = live[name.id], let index = message.copy(in: name.queue) else { continue }
            let copy = message.copies[index]
            try require(
                copy.failures < limits.maxDeliveries || isDeadLetterQueue(copy.queue),
                .failuresCounted,
                "\(name.id) failed \(copy.failures) times and is no dead letter"
            )
        }
        guard let answer = try onlyAnswer(cause, answers) else { return }
        try check(answer, to: cause)
    }

    /// What has waited for too long is a dead letter, unless something in its lane stands before it.
    private func checkNothingIsTooOld(now: CoreTime) throws(Violation) {
        guard limits.messageAge > 0 else { return }
        for message in live.values {
            for copy in message.copies where copy.phase == .ready && !isDeadLetterQueue(copy.queue) {
                let isFirst = ready[lane(of: message, in: copy.queue)]?.first == message.sequence
                try require(
                    copy.enqueuedAt >= now.wall - limits.messageAge || !isFirst,
                    .modelAgrees,
                    "\(message.id) has waited in \(queues[Int(copy.queue)]) for too long"
                )
            }
        }
    }

    private func onlyAnswer(_ cause: Cause, _ answers: [Reply]) throws(Violation) -> Reply? {
        switch cause {
        case .connect, .disconnect, .outputTaken, .tick, .committed:
            try require(answers.isEmpty, .rightAnswer, "answers without a question: \(answers)")
            return nil
        case .fetch where didMatter:
            try require(answers.isEmpty, .rightAnswer, "a message and \(answers)")
            return nil
        default:
            try require(answers.count == 1, .rightAnswer, "one command, these answers: \(answers)")
            return answers[0]
        }
    }

    private mutating func check(_ answer: Reply, to cause: Cause) throws(Violation) {
        switch cause {
        case .publish(let publication, let session): try check(answer, toPublish: publication, session)
        case .acknowledge(let id, let session):
            // A record, when one was due, has changed the model already.
            let isRight =
                didMatter || live[id] == nil
                ? answer == .ackConfirmed(id) : copyToAcknowledge(id, by: session) == nil && isError(answer)
            try require(isRight, .rightAnswer, "acknowledging \(id): \(answer.line)")
        case .release(.some, _):
            try require(answer == .released(didMatter ? 1 : 0), .rightAnswer, "release: \(answer.line)")
        case .release(nil, _):
            try require(answer == .released(affected), .rightAnswer, "release of \(affected): \(answer.line)")
        case .reject(let id, _):
            try require(didMatter ? answer == .rejected(id) : isError(answer), .rightAnswer, "reject: \(answer.line)")
        case .resend(let id, let session):
            try require(affected == 0, .nothingLost, "resend of \(id) leaves dead letters behind")
            let expected: Reply =
                live[id] == nil
                ? .messageNotFound
                : live[id]?.sender == sessions[session]?.identity || sessions[session]?.isAdmin == true
                    ? .resendRequested : .unauthorizedResend
            try require(answer == expected, .rightAnswer, "resend: \(answer.line)")
        case .redrive:
            try require(
                answer == .redriven(affected) || affected == 0 && isError(answer),
                .rightAnswer,
                "redrive of \(affected): \(answer.line)"
            )
        case .purge(let name, let session):
            if let queue = queueNumbers[name], sessions[session]?.isAdmin == true {
                try require(!ready.keys.contains { $0.queue == queue }, .modelAgrees, "purge leaves messages behind")
            }
            try require(
                answer == .purged(affected) || affected == 0 && isError(answer),
                .rightAnswer,
                "purge of \(affected): \(answer.line)"
            )
        case .fetch(let name, let session): try checkNothingToFetch(answer, name, session)
        case .consume(let name, _, let session):
            let isSubscribed = queueNumbers[name].map { sessions[session]?.subscriptions[$0] != nil } ?? false
            try require(answer == .subscribed ? isSubscribed : isError(answer), .rightAnswer, "consume \(name)")
        default: break
        }
    }

    private mutating func check(
        _ answer: Reply,
        toPublish publication: BrokerCore.Publication,
        _ session: SessionID
    ) throws(Violation) {
        let id = publication.id
        if answer == .ack(id) {
            let sender = live[id]?.sender ?? remembered[id]?.sender
            try require(sender == sessions[session]?.identity, .nothingLost, "ACK \(id), which is stored nowhere")
            if !didMatter { counters.duplicates += 1 }
        } else {
            try require(isError(answer), .rightAnswer, "publish: \(answer.line)")
            let isKnown = live[id] != nil || remembered[id] != nil
            let isOthers = (live[id]?.sender ?? remembered[id]?.sender) != sessions[session]?.identity
            try require(
                isKnown ? isOthers : mustRefuse(publication),
                .rightAnswer,
                "\(id) is refused without a reason: \(answer.line)"
            )
            if isKnown { counters.duplicates += 1 } else { counters.refused += 1 }
        }
    }

    private func checkNothingToFetch(_ answer: Reply, _ name: String, _ session: SessionID) throws(Violation) {
        guard answer == .noMessages else {
            return try require(isError(answer), .rightAnswer, "fetch \(name): \(answer.line)")
        }
        guard let queue = queueNumbers[name], let identity = sessions[session]?.identity else { return }
        let lanes = [LaneKey(queue: queue, receiver: ""), LaneKey(queue: queue, receiver: identity)]
        try require(lanes.allSatisfy { ready[$0] == nil }, .nobodyWaits, "fetch \(name) finds nothing")
    }

    private func isError(_ reply: Reply) -> Bool {
        if case .error = reply { return true }
        return false
    }

    // MARK: At any time

    /// Nothing that is ready waits for a consumer that has credit.
    func checkNobodyWaits() throws(Violation) {
        for (session, state) in sessions where state.outputBytes < limits.sessionOutputBytes {
            for (queue, prefetch) in state.subscriptions {
                let holder = HolderKey(session: session, queue: queue, isFetch: false)
                guard holders[holder]?.count ?? 0 < prefetch else { continue }
                let receivers = limits.enforcesReceiver ? ["", state.identity] : [""]
                for receiver in receivers {
                    try require(
                        ready[LaneKey(queue: queue, receiver: receiver)] == nil,
                        .nobodyWaits,
                        "\(queues[Int(queue)]) has messages for \(state.identity), who has credit and gets none"
                    )
                }
            }
        }
    }

    /// The core knows what the model knows, message by message.
    func compare(with core: BrokerCore, now: CoreTime) throws(Violation) {
        let contents = try CheckpointContents(core.checkpoint())
        try compareState(with: contents, .modelAgrees)
        let statistics = core.statistics(now: now)
        try require(statistics.sessions == sessions.count, .modelAgrees, "sessions: \(statistics.sessions)")
        try require(statistics.rememberedIDs == remembered.count, .modelAgrees, "remembered ids")
        try require(statistics.counters == counters, .modelAgrees, "\(statistics.counters), the model: \(counters)")
        for (number, queue) in statistics.queues.enumerated() {
            let key = UInt32(number)
            let leased = holders.reduce(0) { $0 + ($1.key.queue == key ? $1.value.count : 0) }
            let subscribers = sessions.values.reduce(0) { $0 + ($1.subscriptions[key] == nil ? 0 : 1) }
            try require(
                queue.ready == load[number].messages - leased && queue.unacknowledged == leased
                    && queue.bytes == load[number].bytes && queue.consumers == subscribers,
                .modelAgrees,
                "\(queue), the model: \(load[number]), leased \(leased), consumers \(subscribers)"
            )
        }
        var locations: [UInt64] = []
        core.forEachLiveLocation { locations.append($0) }
        try require(
            locations.sorted() == live.values.map { UInt64($0.location) }.sorted(),
            .modelAgrees,
            "live locations"
        )
    }

    /// What a checkpoint holds is what the model knows.
    func compareState(with contents: CheckpointContents, _ invariant: Violation.Invariant) throws(Violation) {
        try require(contents.queues == queues, invariant, "queues \(contents.queues), the model: \(queues)")
        try require(contents.exchanges == exchanges, invariant, "exchanges \(contents.exchanges)")
        for message in contents.messages {
            guard let known = live[message.id] else {
                throw Violation(
                    remembered[message.id] == nil ? invariant : .confirmedStaysGone,
                    "\(message.id) is in a queue, the model does not have it"
                )
            }
            let expected = CheckpointContents.Message(known)
            try require(message == expected, invariant, "\(message), the model: \(expected)")
        }
        try require(
            contents.messages.count == live.count,
            .nothingLost,
            "lost: \(Set(live.keys).subtracting(contents.messages.map(\.id)).map(\.description).sorted())"
        )
        let expected = rememberedInOrder.map {
            CheckpointContents.Settled(id: $0.id, sender: $0.sender, time: $0.settledAt)
        }
        try require(
            contents.settled == expected,
            invariant,
            "remembered \(contents.settled.map(\.id)), the model: \(expected.map(\.id))"
        )
        try require(contents.nextSequence == nextSequence, invariant, "next sequence \(contents.nextSequence)")
    }
}
