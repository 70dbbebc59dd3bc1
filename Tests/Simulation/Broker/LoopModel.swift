import CMQBrokerCore
import CMQWire

/// The rules of the broker's loop, without its threads: what it tells the core, and when what leaves.
///
/// Each rule names the function of `BrokerLoop` that it stands for. Beside the core runs the model, which checks
/// every record and every answer.
final class LoopModel {
    enum Line {
        /// `needs`: so many records must be durable before this may leave, by what it promises.
        case reply(Reply, ticket: UInt64, needs: Int)
        case delivery(Effects.Delivery)
    }

    final class Session {
        let connection: Connection
        var lines: [Line] = []
        var closesWhenEmpty = false
        /// Commands that wait until the client has taken its messages.
        var stalled: [ClientCommand] = []

        init(_ connection: Connection) {
            self.connection = connection
        }
    }

    let scenario: Scenario
    let bug: PlantedBug?
    let journal: SimulatedJournal
    private(set) var core: BrokerCore
    private(set) var model: ModelBroker
    private(set) var sessions: [SessionID: Session] = [:]
    /// In the order of their numbers: a Dictionary's own order differs from run to run.
    private(set) var order: [SessionID] = []
    private var commits: [(end: Int, ticket: UInt64)] = []
    private var durableTicket: UInt64 = 0
    private var committedTicket: UInt64
    private var awaitedTicket: UInt64 = 0
    /// Records that nobody waits for are to be committed in a while.
    private(set) var isLateCommitDue = false
    var heldBack: [(session: SessionID, commands: [ClientCommand])] = []
    var heldPublishers: [(session: SessionID, commands: [ClientCommand])] = []
    var waitingPublishers: Set<SessionID> = []
    var isJournalFull = false
    var isProjectionBehind = false
    private(set) var isStopping = false
    private var ledger: Set<UInt64> = []
    /// Settled by a record that is not durable yet; until it is, a crash brings the message back.
    private var settling: [(end: Int, location: UInt64)] = []
    private(set) var hasFailed = false
    private var projectedThrough: Int?
    private let startPosition: Int
    /// Taken, but the journal is not durable up to it.
    private var waitingCheckpoint: SimulatedJournal.Checkpoint?
    /// Being written.
    private(set) var writtenCheckpoint: SimulatedJournal.Checkpoint?
    private(set) var purged: Set<MessageID> = []
    /// The core did something since its state was last compared.
    private var hasChanged = true
    /// The n-th append from now fails.
    var failsAppendIn: Int?
    var now: CoreTime
    /// Everything that was recorded and answered, as one number.
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    init(
        scenario: Scenario,
        journal: SimulatedJournal,
        core: BrokerCore,
        model: ModelBroker,
        now: CoreTime,
        bug: PlantedBug?
    ) {
        self.scenario = scenario
        self.journal = journal
        self.core = core
        self.model = model
        self.now = now
        self.bug = bug
        startPosition = journal.end
        committedTicket = core.ticket
        core.forEachLiveLocation { ledger.insert($0) }
    }

    // MARK: Sessions: BrokerLoop.connect, .disconnect, .outputTaken

    /// `false`: the broker refuses connections because its journal failed.
    func connect(_ connection: Connection, identity: String, isAdmin: Bool) -> Bool {
        guard !hasFailed else { return false }
        sessions[connection.session] = Session(connection)
        order.append(connection.session)
        core.connected(connection.session, identity: identity, isAdmin: isAdmin)
        model.sessions[connection.session] = ModelSession(identity: identity, isAdmin: isAdmin)
        return true
    }

    func disconnect(_ id: SessionID) throws(Violation) {
        guard sessions.removeValue(forKey: id) != nil else { return }
        order.removeAll { $0 == id }
        if waitingPublishers.remove(id) != nil { heldPublishers.removeAll { $0.session == id } }
        heldBack.removeAll { $0.session == id }
        guard !hasFailed else { return }
        if bug == .forgetsDisconnect { return model.begin(.disconnect(id), now: now) }
        try act(.disconnect(id), for: nil) { core, now, effects in
            core.disconnected(id, now: now, effects: &effects)
            return nil
        }
    }

    func outputTaken(_ id: SessionID, bytes: Int) throws(Violation) {
        guard !hasFailed, sessions[id] != nil else { return }
        if bug == .forgetsOutputTaken {
            model.sessions[id]?.outputBytes -= bytes
            return
        }
        try act(.outputTaken(id, bytes), for: nil) { core, now, effects in
            core.outputTaken(session: id, bytes: bytes, now: now, effects: &effects)
            return nil
        }
        try resumeStalled(id)
    }

    // MARK: Effects: BrokerLoop.carryOut, .append

    func act(
        _ cause: Cause,
        for session: Session?,
        _ body: (inout BrokerCore, CoreTime, inout Effects) -> UInt32?
    ) throws(Violation) {
        var effects = Effects()
        hasChanged = true
        model.begin(cause, now: now)
        let number = body(&core, now, &effects)
        var deliveries = effects.outputs.lazy.compactMap { output -> (session: SessionID, effect: Effects.Delivery)? in
            if case .delivery(let session, let delivery) = output { return (session, delivery) }
            return nil
        }.makeIterator()
        var lastFact = 0
        for record in effects.records {
            guard let location = try append(record, number: number) else { return answerLost(effects) }
            var delivery: (session: SessionID, effect: Effects.Delivery)?
            if case .delivered = record { delivery = deliveries.next() } else { lastFact = location + 1 }
            if case .purged(let copy) = record { purged.insert(copy.id) }
            try model.follow(
                record,
                at: location,
                durable: journal.durable,
                cause: cause,
                delivery: delivery,
                now: now
            )
        }
        try require(deliveries.next() == nil, .modelAgrees, "something is handed out without a record")
        try carryOut(effects, cause, for: session, lastFact: lastFact)
    }

    private func carryOut(
        _ effects: Effects,
        _ cause: Cause,
        for session: Session?,
        lastFact: Int
    ) throws(Violation) {
        var answers: [Reply] = []
        for output in effects.outputs {
            switch output {
            case .reply(let id, let reply, let ticket):
                awaitedTicket = max(awaitedTicket, ticket)
                guard let target = sessions[id] else { continue }
                if target === session {
                    answers.append(reply)
                } else {
                    throw Violation(.rightAnswer, "\(reply.line) goes to a connection that did not ask")
                }
                target.lines.append(.reply(reply, ticket: ticket, needs: needs(reply, lastFact)))
            case .delivery(let id, let delivery):
                sessions[id]?.lines.append(.delivery(delivery))
            }
        }
        for location in effects.settledLocations {
            if bug == .unledgersBeforeDurable { ledger.remove(location) }
            settling.append((journal.end, location))
        }
        for answer in answers { mix(answer.line) }
        try model.end(cause, answers: answers, settled: effects.settledLocations, now: now)
    }

    /// What a line promises, by the record that it speaks of.
    private func needs(_ reply: Reply, _ lastFact: Int) -> Int {
        switch reply {
        case .ack(let id): (model.live[id]?.location ?? model.remembered[id]?.location ?? -1) + 1
        case .ackConfirmed(let id): (model.live[id]?.settledBy ?? model.remembered[id]?.settledBy ?? -1) + 1
        case .queueDeclared, .exchangeDeclared, .queueBound, .subscribed, .rejected, .redriven, .purged,
            .resendRequested:
            lastFact
        default: 0
        }
    }

    /// The journal failed before all of it was recorded: what would speak of these records says so instead.
    private func answerLost(_ effects: Effects) {
        for output in effects.outputs {
            switch output {
            case .reply(let id, let reply, let ticket):
                let isLost = ticket > durableTicket
                sessions[id]?.lines.append(.reply(isLost ? Self.refusal : reply, ticket: 0, needs: 0))
            case .delivery(let id, let delivery): sessions[id]?.lines.append(.delivery(delivery))
            }
        }
    }

    private func append(_ record: BrokerRecord, number: UInt32?) throws(Violation) -> Int? {
        guard !hasFailed else { return nil }
        if let left = failsAppendIn {
            failsAppendIn = left - 1
            if left == 0 {
                failsAppendIn = nil
                try fail()
                return nil
            }
        }
        let location = journal.append(record)
        mix(record.kind.rawValue)
        if case .published(let published) = record {
            mix(published.id.description)
            if let number {
                core.place(number, at: UInt64(location))
                ledger.insert(UInt64(location))
            }
        }
        return location
    }

    private func mix(_ byte: UInt8) {
        digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    private func mix(_ text: String) {
        for byte in text.utf8 { mix(byte) }
    }

    // MARK: Going out: BrokerLoop.flush, .commit, .durable, .send

    func flush() throws(Violation) {
        if !hasFailed, journal.written < journal.end {
            if awaitedTicket > committedTicket || isStopping {
                try commit()
            } else if bug != .forgetsLateCommits {
                isLateCommitDue = true
            }
        }
        for id in order {
            if let session = sessions[id] { try send(to: session) }
        }
    }

    /// The time of records that nobody waits for has come.
    func commitLate() throws(Violation) {
        guard isLateCommitDue else { return }
        isLateCommitDue = false
        if !hasFailed, journal.written < journal.end { try commit() }
    }

    private func commit() throws(Violation) {
        committedTicket = core.ticket
        commits.append((journal.end, core.ticket))
        journal.commit()
        if journal.end - journal.durable > scenario.inFlightMax { isJournalFull = true }
        if bug == .visibleBeforeDurable { try commit(through: core.ticket, journal.end) }
    }

    func durable(through position: Int) throws(Violation) {
        guard !hasFailed else { return }
        try checkProjectionLag()
        var last: (end: Int, ticket: UInt64)?
        while let next = commits.first, next.end <= position {
            last = next
            commits.removeFirst()
        }
        while let next = settling.first, next.end <= position {
            ledger.remove(next.location)
            settling.removeFirst()
        }
        if journal.end - journal.durable < scenario.inFlightMax / 2 { isJournalFull = false }
        if let last {
            durableTicket = last.ticket
            if bug != .visibleBeforeDurable { try commit(through: last.ticket, last.end) }
        }
        try resumeHeldBack()
        try flush()
        continueCheckpoint()
    }

    private func commit(through ticket: UInt64, _ end: Int) throws(Violation) {
        try act(.committed(through: end), for: nil) { core, now, effects in
            core.committed(through: ticket, now: now, effects: &effects)
            return nil
        }
    }

    private func send(to session: Session) throws(Violation) {
        var lines: [ClientLine] = []
        var envelopeBytes = 0
        var count = 0
        lines: for line in session.lines {
            switch line {
            case .reply(let reply, let ticket, let needs):
                guard ticket <= durableTicket || bug == .repliesBeforeDurable else { break lines }
                try require(
                    needs <= journal.durable,
                    .durableFirst,
                    "\(reply.line) leaves, its record \(needs - 1) is not durable (\(journal.durable))"
                )
                lines.append(.reply(reply))
            case .delivery(let delivery):
                lines.append(try read(delivery))
                envelopeBytes += delivery.size
            }
            count += 1
        }
        session.lines.removeFirst(count)
        if !lines.isEmpty {
            session.connection.handed.append(Connection.Handed(lines: lines, envelopeBytes: envelopeBytes))
        }
        if session.closesWhenEmpty, session.lines.isEmpty { session.connection.isOpenForBroker = false }
    }

    private func read(_ delivery: Effects.Delivery) throws(Violation) -> ClientLine {
        let location = Int(delivery.location)
        guard location >= journal.base, !journal.isRetired(location),
            case .published(let record) = journal.record(at: location)
        else { throw Violation(.bodyThere, "the message at \(location) is not in the journal any more") }
        try require(record.lineBytes == delivery.lineBytes, .bodyThere, "\(record.id): \(delivery.lineBytes) bytes")
        return .message(record.id, receiver: record.receiver)
    }

    // MARK: Time: BrokerLoop.tick, .takeCheckpoint, .continueCheckpoint, .retireSegments, .follow, .fail

    func tick() throws(Violation) {
        guard !hasFailed else { return }
        try act(.tick, for: nil) { core, now, effects in
            core.tick(now: now, effects: &effects)
            return nil
        }
        try flush()
        try checkProjectionLag()
        retire()
    }

    func takeCheckpoint() {
        guard !hasFailed, waitingCheckpoint == nil, writtenCheckpoint == nil else { return }
        waitingCheckpoint = SimulatedJournal.Checkpoint(position: journal.end, bytes: core.checkpoint(), model: model)
        continueCheckpoint()
    }

    private func continueCheckpoint() {
        guard let waiting = waitingCheckpoint, writtenCheckpoint == nil,
            journal.durable >= waiting.position || bug == .checkpointBeforeDurable
        else { return }
        waitingCheckpoint = nil
        writtenCheckpoint = waiting
    }

    /// The write that was under way has ended; a failed one leaves the checkpoint before it in force.
    func finishCheckpoint(isWritten: Bool) {
        guard let checkpoint = writtenCheckpoint else { return }
        if isWritten { journal.store(checkpoint) }
        writtenCheckpoint = nil
        retire()
    }

    func retire() {
        let projected = projectedThrough ?? 0
        journal.retire { extent in
            (extent.upperBound <= projected || bug == .retiresUnprojected)
                && (bug == .retiresUnsettled || !ledger.contains { extent.contains(Int($0)) })
        }
    }

    func projected(through position: Int) throws(Violation) {
        projectedThrough = position
        try checkProjectionLag()
    }

    private func checkProjectionLag() throws(Violation) {
        let lag = journal.end - min(projectedThrough ?? startPosition, journal.end)
        let wasBehind = isProjectionBehind
        isProjectionBehind = lag > (wasBehind ? scenario.projectionLagMax / 4 * 3 : scenario.projectionLagMax)
        if wasBehind, !isProjectionBehind { try resumeHeldBack() }
    }

    func fail() throws(Violation) {
        guard !hasFailed else { return }
        hasFailed = true
        for session in sessions.values {
            for index in session.lines.indices {
                if case .reply(let reply, let ticket, let needs) = session.lines[index], ticket > 0 {
                    session.lines[index] =
                        bug == .answersAfterFailure
                        ? .reply(reply, ticket: 0, needs: needs) : .reply(Self.refusal, ticket: 0, needs: 0)
                }
            }
            session.closesWhenEmpty = true
        }
        isJournalFull = false
        isProjectionBehind = false
        try resumeHeldBack()
        try flush()
    }

    // MARK: The end: BrokerLoop.finish

    /// Takes no more commands.
    func stop() throws(Violation) {
        guard !isStopping else { return }
        isStopping = true
        try flush()
    }

    /// Whether everything that was accepted is durable, answered and in a checkpoint; begins what is missing.
    func hasStopped() throws(Violation) -> Bool {
        guard isStopping, !hasFailed else { return false }
        if journal.written < journal.end { try flush() }
        if bug == .stopsBeforeDurable { return true }
        guard journal.durable >= journal.end, waitingCheckpoint == nil, writtenCheckpoint == nil else { return false }
        if journal.newestCheckpoint.position < journal.end {
            takeCheckpoint()
            return false
        }
        return true
    }

    // MARK: Checks

    func checkState() throws(Violation) {
        guard !hasFailed, hasChanged else { return }
        hasChanged = false
        try model.compare(with: core, now: now)
        try require(
            ledger.isSuperset(of: model.live.values.map { UInt64($0.location) })
                && ledger.count <= model.live.count + settling.count,
            .modelAgrees,
            "the ledger of unsettled messages"
        )
    }

    func checkNobodyWaits() throws(Violation) {
        if !hasFailed { try model.checkNobodyWaits() }
    }

    var isSettled: Bool { model.live.isEmpty }
    var waiting: [String] {
        model.live.values.map { message in
            let places = message.copies.map { "\(model.queues[Int($0.queue)]) \($0.phase)" }
            return "\(message.id) for '\(message.receiver)' in \(places)"
        }.sorted()
    }
    var isBusy: Bool {
        !heldBack.isEmpty || !heldPublishers.isEmpty || isLateCommitDue
            || sessions.values.contains { !$0.lines.isEmpty }
    }
}
