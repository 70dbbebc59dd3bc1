internal import CMQBrokerCore
internal import CMQJournal
internal import CMQLogging
internal import CMQWire
internal import DequeModule
internal import Logging
internal import NIOCore

/// Carries inputs to the core and its effects out of it, on one event loop of its own.
///
/// Sessions submit their commands in bursts. Records go into the journal's open batch, which is committed when
/// the bursts at hand are worked off; replies wait in their session's line until their record is durable.
final class BrokerLoop {
    let eventLoop: any EventLoop
    let settings: BrokerLoopSettings
    let logger: Logger
    /// For what a client can make happen as often as it likes.
    let clientLog: LimitedLog
    let journal: Journal
    let keys: KeyDirectory
    // Exclusive access is not checked while the broker runs: one event loop, functions that pass these on as inout
    // values do not call back, and the checks took a thirtieth of the time.
    @exclusivity(unchecked) var core: BrokerCore
    @exclusivity(unchecked) var sessions: [SessionID: SessionState] = [:]
    @exclusivity(unchecked) var ledger = LiveLedger()
    @exclusivity(unchecked) var bodies: ChunkCache
    @exclusivity(unchecked) var effects = Effects()
    @exclusivity(unchecked) var batch: JournalBatch?
    /// Ends of batches that are not durable yet, with the ticket of their last record.
    @exclusivity(unchecked) private var commits: Deque<(end: JournalPosition, ticket: UInt64)> = []
    var recordsEnd: JournalPosition
    /// Messages that a record before `end` settled: until it is durable, a crash brings them back, and the segment
    /// that has them must stay.
    @exclusivity(unchecked) private var settling: Deque<(end: JournalPosition, location: JournalPosition)> = []
    private var durableTicket: UInt64 = 0
    /// The ticket of the last record that was committed.
    private var committedTicket: UInt64
    /// The ticket of the last record that an answer waits for.
    private var awaitedTicket: UInt64 = 0
    private var isLateCommitScheduled = false
    private var syncs = SyncSchedule()
    private var queued: [SessionState] = []
    private var isFlushScheduled = false
    private var nextSession: UInt64 = 1
    var nextToken: UInt64 = 1
    /// Inputs that wait because the journal is too far behind.
    private var heldBack: Deque<(SessionID, InputBurst)> = []
    /// Inputs that wait because the catalog is too far behind: what publishes, and what the same session sent after.
    /// Older than those of the same session in ``heldBack``.
    private var heldPublishers: Deque<(SessionID, InputBurst)> = []
    private var waitingPublishers: Set<SessionID> = []
    /// Sessions with ``SessionState/stalled`` inputs.
    private var stalledSessions: Set<SessionID> = []
    var isJournalFull = false
    var isProjectionBehind = false
    var isDiskLow = false
    var failure: String?
    var checkpoints: CheckpointSchedule
    var trims: TrimSchedule
    /// The catalog has everything before this position; `nil` until it was reached for the first time.
    var projectedThrough: JournalPosition?
    /// From where the catalog's lag is counted until then: a database that is away at the start must not hold
    /// everything back.
    let startPosition: JournalPosition
    var isCatalogAway = false
    /// Messages that the core has accepted and whose records are not in the batch yet, in the order of the records.
    @exclusivity(unchecked) private var accepted: [(number: UInt32, envelope: InputBurst.Slice)] = []
    private(set) var commitCount: UInt64 = 1
    /// Who waits for everything to be durable, answered and checkpointed.
    var finishing: [EventLoopPromise<Void>] = []
    /// Whether clients' commands are not carried out any more.
    var isStopping = false
    /// Whether nothing more may be recorded.
    var hasEnded = false

    init(
        eventLoop: any EventLoop,
        settings: BrokerLoopSettings,
        core: BrokerCore,
        journal: Journal,
        recordsEnd: JournalPosition,
        keys: KeyDirectory,
        logger: Logger
    ) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.core = core
        committedTicket = core.ticket
        self.journal = journal
        self.recordsEnd = recordsEnd
        startPosition = recordsEnd
        trims = TrimSchedule(end: recordsEnd)
        self.keys = keys
        self.logger = logger
        clientLog = LimitedLog(logger, others: "Clients of many kinds")
        bodies = ChunkCache(bytesMax: settings.bodyMemoryBytes)
        checkpoints = CheckpointSchedule(
            intervalBytes: settings.checkpointBytes,
            last: journal.checkpointPosition ?? 0
        )
        core.forEachLiveLocation { ledger.add($0) }
    }

    // MARK: Sessions

    func connect(identity: String, channel: any Channel, flow: SessionFlow) -> SessionID? {
        let alike = sessions.values.reduce(0) { $0 + ($1.identity == identity ? 1 : 0) }
        guard failure == nil, !hasEnded, alike < settings.connectionsPerIdentity else { return nil }
        let id = SessionID(nextSession)
        nextSession += 1
        sessions[id] = SessionState(id: id, identity: identity, channel: channel, flow: flow)
        core.connected(id, identity: identity, isAdmin: settings.admins.contains(identity))
        return id
    }

    func disconnect(_ id: SessionID) {
        guard sessions.removeValue(forKey: id) != nil else { return }
        forgetHeldBack(id)
        stalledSessions.remove(id)
        guard openBatch() else { return }
        core.disconnected(id, now: BrokerClock.now(), effects: &effects)
        carryOut()
        scheduleFlush()
    }

    /// The peer took `bytes` bytes of envelopes.
    func outputTaken(_ id: SessionID, bytes: Int) {
        guard openBatch() else { return }
        core.outputTaken(session: id, bytes: bytes, now: BrokerClock.now(), effects: &effects)
        carryOut()
        resumeStalled(id)
        scheduleFlush()
    }

    // MARK: Inputs

    func submit(_ burst: InputBurst, from id: SessionID) {
        // What comes while the broker stops is not done, and its client, which has no answer, knows that.
        guard !isStopping else { return }
        guard !isJournalFull, heldBack.isEmpty else {
            heldBack.append((id, burst))
            return
        }
        admit(burst, from: id)
    }

    /// Processes what may go on while the catalog is too far behind: everything up to a session's first message.
    private func admit(_ burst: InputBurst, from id: SessionID) {
        if waitingPublishers.contains(id) {
            heldPublishers.append((id, burst))
        } else if isProjectionBehind, let first = burst.items.firstIndex(where: \.publishes) {
            let (before, behind) = burst.split(at: first)
            if first > 0 { process(before, from: id) }
            heldPublishers.append((id, behind))
            waitingPublishers.insert(id)
        } else {
            process(burst, from: id)
        }
    }

    /// Goes on with what was held back, as soon as nothing stands in its way.
    func resumeHeldBack() {
        while !isJournalFull, !isProjectionBehind, let (id, burst) = heldPublishers.popFirst() {
            process(burst, from: id)
        }
        if heldPublishers.isEmpty { waitingPublishers = [] }
        while !isJournalFull, let (id, burst) = heldBack.popFirst() { admit(burst, from: id) }
        for id in stalledSessions { resumeStalled(id) }
    }

    /// Goes on with a session that had to take its messages or wait for its keys first.
    func resumeStalled(_ id: SessionID) {
        guard !isStopping, !isJournalFull, stalledSessions.contains(id), let session = sessions[id] else { return }
        while let next = session.stalled.popFirst() {
            guard work(next.burst, from: next.from, of: session) else { return }
        }
        stalledSessions.remove(id)
    }

    private func stall(_ burst: InputBurst, at index: Int, _ session: SessionState) {
        session.stalled.prepend((burst, index))
        stalledSessions.insert(session.id)
    }

    /// Whether a command has to wait although nothing stands in the broker's way: what it asks for would pile up.
    private func mustWait(_ command: ControlCommand, of session: SessionState) -> Bool {
        switch command {
        case .fetch: core.isOutputFull(session.id)
        case .getKey, .registerKey: session.lookups >= Self.lookupsMax
        default: false
        }
    }

    /// Public keys that one session may wait for at once: all sessions share one connection to the catalog.
    private static let lookupsMax = 16

    /// What waits of a session that is gone is not done, and its client, which has no answer, knows that.
    private func forgetHeldBack(_ id: SessionID) {
        if waitingPublishers.remove(id) != nil { heldPublishers.removeAll { $0.0 == id } }
        if !heldBack.isEmpty { heldBack.removeAll { $0.0 == id } }
    }

    private func process(_ burst: InputBurst, from id: SessionID) {
        guard let session = sessions[id] else { return }
        guard session.stalled.isEmpty else { return session.stalled.append((burst, 0)) }
        _ = work(burst, from: 0, of: session)
    }

    /// Carries out a session's commands; says whether all are done, or some stalled.
    private func work(_ burst: InputBurst, from start: Int, of session: SessionState) -> Bool {
        let id = session.id
        let items = burst.items[start...]
        guard openBatch() else {
            for item in items { answer(.error(refusal), bytes: item.bytes, to: session) }
            scheduleFlush()
            return true
        }
        let now = BrokerClock.now()
        noteSpace()
        var answers = 0
        var index = start - 1
        for item in items {
            index += 1
            // Answers to commands that fail are not gathered without end, and neither are deliveries.
            if effects.outputs.count >= Self.outputsMax { carryOut(answering: session, bytes: &answers, of: burst) }
            guard failure == nil else {
                answer(.error(refusal), bytes: item.bytes, to: session)
                continue
            }
            switch item.input {
            case .publish(let publication, let envelope) where !isDiskLow:
                answers += item.bytes
                if let number = core.publish(publication, session: id, now: now, effects: &effects) {
                    accepted.append((number, envelope))
                }
                if accepted.count == Self.acceptedMax { carryOut(answering: session, bytes: &answers, of: burst) }
            case .acknowledge(let message):
                answers += item.bytes
                core.acknowledge(message, session: id, now: now, effects: &effects)
            case .publish:
                carryOut(answering: session, bytes: &answers, of: burst)
                answer(.error("the broker's disk is nearly full"), bytes: item.bytes, to: session)
            case .control(let command):
                carryOut(answering: session, bytes: &answers, of: burst)
                if mustWait(command, of: session) {
                    stall(burst, at: index, session)
                    scheduleFlush()
                    return false
                }
                handle(command, bytes: item.bytes, from: session, now: now)
            case .answer(let reply):
                // Behind everything that was recorded before: answers keep the order of their commands.
                carryOut(answering: session, bytes: &answers, of: burst)
                answer(reply, bytes: item.bytes, to: session)
                if case .error(let reason) = reply, item.bytes == 0 { close(session, because: reason) }
            }
        }
        carryOut(answering: session, bytes: &answers, of: burst)
        scheduleFlush()
        return true
    }

    /// Ends a session once it has its last answer.
    private func close(_ session: SessionState, because reason: String) {
        session.closesWhenEmpty = true
        let kind = LimitedLog.Kind(text: "Session ended by a broken line", field: .client, value: session.identity)
        clientLog.log(kind, nil, [.reason: "\(reason)"])
    }

    private static let outputsMax = 1_024
    /// So many messages are accepted before their records go to the journal, at most.
    private static let acceptedMax = 256

    var refusal: String { "the broker's storage has failed, nothing more is accepted" }

    // MARK: Effects

    /// Does what the core wants done for several commands of a session, and begins to count their bytes anew.
    private func carryOut(answering session: SessionState, bytes: inout Int, of burst: InputBurst) {
        carryOut(answering: session, bytes: bytes, of: burst)
        bytes = 0
    }

    /// Does what the core wants done.
    ///
    /// - Parameters:
    ///   - session: Whose commands these were; the last line to it says that all of them are answered.
    ///   - bytes: The bytes of these commands.
    ///   - burst: Where the envelopes of accepted messages lie.
    func carryOut(answering session: SessionState? = nil, bytes: Int = 0, of burst: InputBurst? = nil) {
        appendRecords(of: burst)
        var answers = bytes
        var target: SessionState?
        let lastAnswer = session.flatMap { lastReply(to: $0.id) }
        for (index, output) in effects.outputs.enumerated() {
            switch output {
            case .reply(let id, let reply, let ticket):
                awaitedTicket = max(awaitedTicket, ticket)
                if target?.id != id { target = sessions[id] }
                guard let target else { continue }
                let answered = index == lastAnswer ? answers : 0
                if index == lastAnswer { answers = 0 }
                // The record that it waits for may just have failed.
                let isLost = failure != nil && ticket > durableTicket
                enqueue(to: target) {
                    $0.append(
                        isLost ? .error(refusal) : reply,
                        ticket: isLost ? 0 : ticket,
                        answers: answered,
                        commit: commitCount
                    )
                }
            case .delivery(let id, let delivery):
                if target?.id != id { target = sessions[id] }
                if let target { enqueue(to: target) { $0.append(delivery) } }
            }
        }
        for location in effects.settledLocations { settling.append((recordsEnd, location)) }
        effects.removeAll()
        if answers > 0, let session { session.flow.answered(answers) }
    }

    private func lastReply(to id: SessionID) -> Int? {
        effects.outputs.lastIndex { output in
            if case .reply(id, _, _) = output { true } else { false }
        }
    }

    func enqueue(to session: SessionState, _ change: (inout OutputQueue) -> Void) {
        change(&session.output)
        if !session.isQueued {
            session.isQueued = true
            queued.append(session)
        }
    }

    /// Makes sure that records can be taken; `false` when the journal has failed, or will be closed.
    func openBatch() -> Bool {
        if batch != nil { return true }
        guard failure == nil, !hasEnded else { return false }
        do throws(JournalError) {
            // Space is checked for each publish instead: acknowledgements must go on, they free it.
            // Commands are held back while too much is on its way to the disk; the ends of sessions and leases are few.
            batch = try journal.makeBatch(ignoringLowWater: true, ignoringInFlightLimit: true)
            return true
        } catch {
            fail(error)
            return false
        }
    }

    /// Puts the records into the open batch, those of accepted messages with the envelope behind them.
    private func appendRecords(of burst: InputBurst?) {
        guard !effects.encoded.isEmpty, let batch else { return accepted.removeAll(keepingCapacity: true) }
        var next = 0
        do throws(JournalError) {
            for entry in effects.encoded.entries {
                log(entry)
                guard entry.kind == .published, let burst else {
                    try append(entry, to: batch)
                    continue
                }
                let (number, envelope) = accepted[next]
                next += 1
                let position = try append(entry, to: batch, envelope: envelope, of: burst)
                core.place(number, at: position)
                ledger.add(position)
            }
        } catch {
            fail(error)
        }
        accepted.removeAll(keepingCapacity: true)
    }

    private func append(_ entry: RecordBuffer.Entry, to batch: JournalBatch) throws(JournalError) {
        let placement = try batch.append(kind: entry.kind.rawValue, payloadSize: entry.count) { payload in
            if let base = payload.baseAddress { effects.encoded.copy(entry, to: base) }
        }
        recordsEnd = placement.nextPosition
        bodies.note(placement.chunk)
    }

    /// The envelope and a line end complete the line that deliveries consist of.
    private func append(
        _ entry: RecordBuffer.Entry,
        to batch: JournalBatch,
        envelope: InputBurst.Slice,
        of burst: InputBurst
    ) throws(JournalError) -> JournalPosition {
        let size = entry.count + envelope.count + 1
        let placement = try batch.append(kind: entry.kind.rawValue, payloadSize: size) { payload in
            guard let base = payload.baseAddress else { return }
            effects.encoded.copy(entry, to: base)
            let line = UnsafeMutableRawBufferPointer(rebasing: payload[entry.count...])
            burst.withBytes(of: envelope) { line.copyMemory(from: $0) }
            line[envelope.count] = UInt8(ascii: "\n")
        }
        recordsEnd = placement.nextPosition
        bodies.note(placement.chunk)
        return placement.position
    }

    /// Lets go of what grew while much was done at once, and of bodies when few messages wait: theirs are on disk.
    func dropBuffers() {
        effects = Effects()
        accepted = []
        if settling.isEmpty { settling = [] }
        core.dropBuffers()
        if core.waitingMessages <= TrimSchedule.bodilessMax { bodies.forgetAll() }
        // Last: chunks that nobody holds any more come back to the journal.
        journal.dropBuffers()
    }

    // MARK: Going out

    /// Commits and sends once the bursts that wait already are worked off.
    func scheduleFlush() {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        eventLoop.assumeIsolated().execute { [self] in
            isFlushScheduled = false
            flush()
        }
    }

    func flush() {
        if awaitedTicket > committedTicket || !finishing.isEmpty { commit(isAwaited: true) } else { commitLate() }
        let sessions = queued
        queued.removeAll(keepingCapacity: true)
        for session in sessions {
            session.isQueued = false
            send(to: session)
            if !session.output.isEmpty {
                session.isQueued = true
                queued.append(session)
            }
        }
    }

    /// How long records that no answer waits for, such as those of deliveries, wait for others to be synced with.
    private static let lateCommit = TimeAmount.milliseconds(5)

    private func commitLate() {
        guard batch != nil, !isLateCommitScheduled else { return }
        isLateCommitScheduled = true
        _ = eventLoop.assumeIsolated().scheduleTask(in: Self.lateCommit) { [self] in
            isLateCommitScheduled = false
            commit(isAwaited: false)
        }
    }

    private func commit(isAwaited: Bool) {
        guard let batch else { return }
        self.batch = nil
        guard batch.recordCount > 0 else { return }
        do throws(JournalError) {
            committedTicket = core.ticket
            commits.append((recordsEnd, core.ticket))
            commitCount += 1
            if isAwaited, syncs.isHere(records: batch.recordCount, now: BrokerClock.now().monotonic) {
                try journal.commitHere(batch)
                syncs.ended(at: BrokerClock.now().monotonic)
            } else if try journal.commit(batch) == .pause {
                isJournalFull = true
            }
        } catch {
            fail(error)
        }
    }

    /// All before `position` is durable.
    func durable(through position: JournalPosition) {
        checkProjectionLag()
        var ticket: UInt64?
        while let next = commits.first, next.end <= position {
            ticket = next.ticket
            commits.removeFirst()
        }
        while let next = settling.first, next.end <= position {
            ledger.remove(next.location)
            settling.removeFirst()
        }
        if isJournalFull, journal.inFlightBytes < settings.journalResumeBytes {
            isJournalFull = false
        }
        if let ticket, openBatch() {
            durableTicket = ticket
            core.committed(through: ticket, now: BrokerClock.now(), effects: &effects)
            carryOut()
        }
        resumeHeldBack()
        flush()
        continueCheckpoint(durableThrough: position)
        continueFinishing()
    }

    /// Sends the lines that may leave.
    private func send(to session: SessionState) {
        let ready = session.output.ready(through: durableTicket)
        if ready.pieces > 0 {
            var buffer = session.channel.allocator.buffer(capacity: ready.bytes)
            session.output.take(ready, into: &buffer) { write($0, into: &$1, for: session) }
            // A delivery whose message could not be read has left nothing to send, and its bytes come back all the same.
            if buffer.readableBytes > 0 || ready.envelopeBytes > 0 {
                hand(buffer, to: session, envelopeBytes: ready.envelopeBytes)
            }
            if ready.answered > 0 { session.flow.answered(ready.answered) }
            if ready.isCut { scheduleFlush() }
        }
        if session.closesWhenEmpty, session.output.isEmpty {
            session.channel.close(mode: .all, promise: nil)
        }
    }

    private func hand(_ buffer: ByteBuffer, to session: SessionState, envelopeBytes: Int) {
        let (id, flow, bytes, loop) = (session.id, session.flow, buffer.readableBytes, LoopReference(self))
        flow.sent(bytes)
        session.channel.writeAndFlush(buffer).whenComplete { _ in
            flow.taken(bytes)
            if envelopeBytes > 0 { loop.execute { $0.outputTaken(id, bytes: envelopeBytes) } }
        }
    }

    private func write(_ delivery: Effects.Delivery, into buffer: inout ByteBuffer, for session: SessionState) {
        func line(_ record: JournalRecord) {
            buffer.writeStaticString(OutputQueue.deliveryPrefix)
            buffer.writeBytes(record.payload.suffix(delivery.lineBytes))
        }
        if let chunk = bodies.chunk(at: delivery.location),
            chunk.withRecord(at: delivery.location, line) != nil
        {
            return
        }
        do throws(JournalError) {
            try journal.read(at: delivery.location, expecting: delivery.lineBytes + Self.prefixBytesExpected, line)
        } catch {
            logger.error(
                "A message cannot be read from the journal: \(error)",
                metadata: Logger.Metadata([.client: "\(session.identity)"])
            )
        }
    }

    /// What usually stands in front of a record's line.
    private static let prefixBytesExpected = 256
}
