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
    let journal: Journal
    let keys: KeyDirectory
    var core: BrokerCore
    var sessions: [SessionID: SessionState] = [:]
    var ledger = LiveLedger()
    var bodies: BodyCache
    var effects = Effects()
    var batch: JournalBatch?
    /// Ends of batches that are not durable yet, with the ticket of their last record.
    private var commits: Deque<(end: JournalPosition, ticket: UInt64)> = []
    var recordsEnd: JournalPosition
    /// Messages that a record before `end` settled: until it is durable, a crash brings them back, and the segment
    /// that has them must stay.
    private var settling: Deque<(end: JournalPosition, location: JournalPosition)> = []
    private var durableTicket: UInt64 = 0
    private var queued: [SessionState] = []
    private var isFlushScheduled = false
    private var nextSession: UInt64 = 1
    var nextToken: UInt64 = 1
    /// Inputs that wait because the journal is too far behind.
    private var heldBack: Deque<(SessionID, [InputReader.Item])> = []
    /// Inputs that wait because the catalog is too far behind: what publishes, and what the same session sent after.
    /// Older than those of the same session in ``heldBack``.
    private var heldPublishers: Deque<(SessionID, [InputReader.Item])> = []
    private var waitingPublishers: Set<SessionID> = []
    var isJournalFull = false
    var isProjectionBehind = false
    private var isDiskLow = false
    var failure: String?
    var checkpoints: CheckpointSchedule
    /// The catalog has everything before this position; `nil` until it was reached for the first time.
    var projectedThrough: JournalPosition?
    /// From where the catalog's lag is counted until then: a database that is away at the start must not hold
    /// everything back.
    let startPosition: JournalPosition
    var isCatalogAway = false
    private var scratch: [UInt8] = []
    /// Who waits for everything to be durable, answered and checkpointed.
    var finishing: [EventLoopPromise<Void>] = []

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
        self.journal = journal
        self.recordsEnd = recordsEnd
        startPosition = recordsEnd
        self.keys = keys
        self.logger = logger
        bodies = BodyCache(bytesMax: settings.bodyMemoryBytes)
        checkpoints = CheckpointSchedule(
            intervalBytes: settings.checkpointBytes,
            last: journal.checkpointPosition ?? 0
        )
        core.forEachLiveLocation { ledger.add($0) }
    }

    // MARK: Sessions

    func connect(identity: String, channel: any Channel, flow: SessionFlow) -> SessionID? {
        let alike = sessions.values.reduce(0) { $0 + ($1.identity == identity ? 1 : 0) }
        guard failure == nil, alike < settings.connectionsPerIdentity else { return nil }
        let id = SessionID(nextSession)
        nextSession += 1
        sessions[id] = SessionState(id: id, identity: identity, channel: channel, flow: flow)
        core.connected(id, identity: identity, isAdmin: settings.admins.contains(identity))
        return id
    }

    func disconnect(_ id: SessionID) {
        guard sessions.removeValue(forKey: id) != nil else { return }
        forgetHeldBack(id)
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
        scheduleFlush()
    }

    // MARK: Inputs

    func submit(_ items: [InputReader.Item], from id: SessionID) {
        guard !isJournalFull, heldBack.isEmpty else {
            heldBack.append((id, items))
            return
        }
        admit(items, from: id)
    }

    /// Processes what may go on while the catalog is too far behind: everything up to a session's first message.
    private func admit(_ items: [InputReader.Item], from id: SessionID) {
        if waitingPublishers.contains(id) {
            heldPublishers.append((id, items))
        } else if isProjectionBehind, let first = items.firstIndex(where: \.publishes) {
            if first > 0 { process(Array(items[..<first]), from: id) }
            heldPublishers.append((id, Array(items[first...])))
            waitingPublishers.insert(id)
        } else {
            process(items, from: id)
        }
    }

    /// Goes on with what was held back, as soon as nothing stands in its way.
    func resumeHeldBack() {
        while !isJournalFull, !isProjectionBehind, let (id, items) = heldPublishers.popFirst() {
            process(items, from: id)
        }
        if heldPublishers.isEmpty { waitingPublishers = [] }
        while !isJournalFull, let (id, items) = heldBack.popFirst() { admit(items, from: id) }
    }

    /// What waits of a session that is gone is not done, and its client, which has no answer, knows that.
    private func forgetHeldBack(_ id: SessionID) {
        if waitingPublishers.remove(id) != nil { heldPublishers.removeAll { $0.0 == id } }
        if !heldBack.isEmpty { heldBack.removeAll { $0.0 == id } }
    }

    private func process(_ items: [InputReader.Item], from id: SessionID) {
        guard let session = sessions[id] else { return }
        guard openBatch() else {
            for item in items { enqueue(.reply(.error(refusal), ticket: 0, answers: item.bytes), to: session) }
            scheduleFlush()
            return
        }
        let now = BrokerClock.now()
        isDiskLow = journal.isLowOnSpace
        for item in items {
            handle(item, from: session, now: now)
        }
        scheduleFlush()
    }

    var refusal: String { "the broker's storage has failed, nothing more is accepted" }

    private func handle(_ item: InputReader.Item, from session: SessionState, now: CoreTime) {
        switch item.input {
        case .publish(let publication, let envelope):
            guard !isDiskLow else {
                let reply = Reply.error("the broker's disk is nearly full")
                enqueue(.reply(reply, ticket: 0, answers: item.bytes), to: session)
                return
            }
            let number = core.publish(publication, session: session.id, now: now, effects: &effects)
            carryOut(answering: session, bytes: item.bytes, envelope: envelope, number: number)
        case .acknowledge(let id):
            core.acknowledge(id, session: session.id, now: now, effects: &effects)
            carryOut(answering: session, bytes: item.bytes)
        case .control(let command):
            handle(command, bytes: item.bytes, from: session, now: now)
        case .answer(let reply):
            // Behind everything that was recorded before: answers keep the order of their commands.
            enqueue(.reply(reply, ticket: 0, answers: item.bytes), to: session)
            if case .error = reply, item.bytes == 0 { session.closesWhenEmpty = true }
        }
    }

    // MARK: Effects

    /// Does what the core wants done.
    ///
    /// - Parameters:
    ///   - session: Whose command this was; the first line to it answers the command.
    ///   - envelope: What belongs behind the record of a message that was accepted under `number`.
    func carryOut(
        answering session: SessionState? = nil,
        bytes: Int = 0,
        envelope: ByteBuffer? = nil,
        number: UInt32? = nil
    ) {
        for record in effects.records {
            log(record)
            append(record, envelope: envelope, number: number)
        }
        var answers = bytes
        for output in effects.outputs {
            switch output {
            case .reply(let id, let reply, let ticket):
                guard let target = sessions[id] else { continue }
                let isAnswer = target === session
                enqueue(.reply(reply, ticket: ticket, answers: isAnswer ? answers : 0), to: target)
                if isAnswer { answers = 0 }
            case .delivery(let id, let delivery):
                if let target = sessions[id] { enqueue(.delivery(delivery), to: target) }
            }
        }
        for location in effects.settledLocations { settling.append((recordsEnd, location)) }
        effects.records.removeAll(keepingCapacity: true)
        effects.outputs.removeAll(keepingCapacity: true)
        effects.settledLocations.removeAll(keepingCapacity: true)
        if answers > 0, let session { session.flow.answered(answers, on: session.channel) }
    }

    func enqueue(_ line: SessionState.Line, to session: SessionState) {
        session.lines.append(line)
        if !session.isQueued {
            session.isQueued = true
            queued.append(session)
        }
    }

    /// Makes sure that records can be taken; `false` when the journal has failed.
    func openBatch() -> Bool {
        if batch != nil { return true }
        guard failure == nil else { return false }
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

    private func append(_ record: BrokerRecord, envelope: ByteBuffer?, number: UInt32?) {
        guard let batch else { return }
        scratch.removeAll(keepingCapacity: true)
        record.encode(into: &scratch)
        var lineBytes = 0
        if case .published(let published) = record {
            lineBytes = published.lineBytes
            appendLine(of: published)
        }
        let prefixBytes = scratch.count
        let envelopeBytes = lineBytes == 0 ? 0 : (envelope?.readableBytes ?? 0)
        do throws(JournalError) {
            let size = prefixBytes + (lineBytes == 0 ? 0 : envelopeBytes + 1)
            let placement = try batch.append(kind: record.kind.rawValue, payloadSize: size) { payload in
                payload.copyBytes(from: scratch)
                guard lineBytes > 0, let envelope else { return }
                let target = UnsafeMutableRawBufferPointer(rebasing: payload[prefixBytes...])
                envelope.withUnsafeReadableBytes { target.copyMemory(from: $0) }
                target[envelopeBytes] = UInt8(ascii: "\n")
            }
            recordsEnd = placement.nextPosition
            bodies.note(placement.chunk)
            if lineBytes > 0, let number {
                core.place(number, at: placement.position)
                ledger.add(placement.position)
            }
        } catch {
            fail(error)
        }
    }

    /// The beginning of the line that deliveries consist of; the envelope and the line end follow it.
    private func appendLine(of record: PublishedRecord) {
        record.id.withUTF8 { scratch.append(contentsOf: $0) }
        scratch.append(UInt8(ascii: " "))
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
        commit()
        let sessions = queued
        queued.removeAll(keepingCapacity: true)
        for session in sessions {
            session.isQueued = false
            send(to: session)
            if !session.lines.isEmpty {
                session.isQueued = true
                queued.append(session)
            }
        }
    }

    func commit() {
        guard let batch else { return }
        self.batch = nil
        guard batch.recordCount > 0 else { return }
        do throws(JournalError) {
            commits.append((recordsEnd, core.ticket))
            if try journal.commit(batch) == .pause { isJournalFull = true }
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
        var buffer = session.channel.allocator.buffer(capacity: 0)
        var (answered, envelopeBytes) = (0, 0)
        lines: while let line = session.lines.first {
            switch line {
            case .reply(let reply, let ticket, let answers):
                guard ticket <= durableTicket else { break lines }
                write(reply, into: &buffer)
                answered += answers
            case .delivery(let delivery):
                write(delivery, into: &buffer, for: session)
                envelopeBytes += delivery.size
            case .pending:
                break lines
            }
            session.lines.removeFirst()
        }
        // A delivery whose message could not be read has left nothing to send, and its bytes come back all the same.
        if buffer.readableBytes > 0 || envelopeBytes > 0 { hand(buffer, to: session, envelopeBytes: envelopeBytes) }
        if answered > 0 { session.flow.answered(answered, on: session.channel) }
        if session.closesWhenEmpty, session.lines.isEmpty {
            session.channel.close(mode: .all, promise: nil)
        }
    }

    private func hand(_ buffer: ByteBuffer, to session: SessionState, envelopeBytes: Int) {
        guard envelopeBytes > 0 else {
            session.channel.writeAndFlush(buffer, promise: nil)
            return
        }
        let (id, loop) = (session.id, LoopReference(self))
        session.channel.writeAndFlush(buffer).whenComplete { _ in
            loop.execute { $0.outputTaken(id, bytes: envelopeBytes) }
        }
    }

    private func write(_ reply: Reply, into buffer: inout ByteBuffer) {
        switch reply {
        case .ack(let id): write("ACK ", id, into: &buffer)
        case .ackConfirmed(let id): write("ACK_CONFIRMED ", id, into: &buffer)
        default:
            buffer.writeString(reply.line)
            buffer.writeInteger(UInt8(ascii: "\n"))
        }
    }

    private func write(_ word: StaticString, _ id: MessageID, into buffer: inout ByteBuffer) {
        buffer.writeStaticString(word)
        id.withUTF8 { _ = buffer.writeBytes($0) }
        buffer.writeInteger(UInt8(ascii: "\n"))
    }

    private func write(_ delivery: Effects.Delivery, into buffer: inout ByteBuffer, for session: SessionState) {
        func line(_ record: JournalRecord) {
            buffer.writeStaticString("Message: ")
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
