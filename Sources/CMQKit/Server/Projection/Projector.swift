internal import CAllocator
internal import CMQBrokerCore
internal import CMQCatalog
internal import CMQJournal
internal import CMQWire
internal import Dispatch
internal import Logging
internal import Synchronization

/// Follows the journal and writes what happened into the catalog, on two threads of its own that give way to
/// publishing: the audit trail may lag.
///
/// It reads what is durable from the journal, so that catching up after an outage and keeping up are the same
/// thing. Its position is stored in the transaction that stores the rows.
final class Projector: Sendable {
    enum Event: Equatable {
        /// The catalog is there and takes what it is given.
        case attached
        case progressed(JournalPosition)
        case lost
    }

    /// Records that go into one transaction at most. Ids are random: each transaction writes most pages of their
    /// index, so that few large ones are cheaper. Registering a public key waits for one.
    private static let batchRecordsMax = 40_000
    /// So many are tried after failures: a slow database must get through at last.
    private static let batchRecordsMin = 500
    /// How long to gather after a batch that was not full. Few transactions are cheaper than many, and a message
    /// that is delivered and acknowledged meanwhile is written once.
    private static let gatherMilliseconds = 50
    /// How long the end of the broker waits for a catalog that does not answer.
    private static let stopSeconds = 5
    /// How long to wait before the catalog is tried again, in milliseconds.
    private static let retryMilliseconds = 500

    private struct State {
        var isStopping = false
        var isAway = false
        /// Whether the catalog has taken something since it was attached last.
        var isConfirmed = false
        /// Whether the catalog was found to fit the journal.
        var isFit = false
        var batchRecords = Projector.batchRecordsMax
    }

    private let journal: Journal
    /// Where the journal ended before this broker wrote to it.
    private let endAtStart: JournalPosition
    private let catalog: any Catalog
    private let logger: Logger
    private let onEvent: @Sendable (Event) -> Void
    private let wake = DispatchSemaphore(value: 0)
    private let stopping = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)
    private let state = Mutex(State())

    init(
        journal: Journal,
        catalog: any Catalog,
        logger: Logger,
        onEvent: @escaping @Sendable (Event) -> Void
    ) {
        self.journal = journal
        endAtStart = journal.durableThrough
        self.catalog = catalog
        self.logger = logger
        self.onEvent = onEvent
    }

    /// Refuses a catalog that knows of more than the journal, before anything is written to that. One that is away is
    /// looked at when it is there.
    static func refuseAhead(_ catalog: any Catalog, of journal: Journal) throws(CatalogError) {
        guard let position = try? catalog.position(journalID: journal.identifier) else { return }
        let end = journal.durableThrough
        guard position <= end else { throw CatalogAhead(position: position, end: end).asCatalogError }
    }

    func start(queueNames: [String]) {
        QuietThread.start(named: "catalog-reader") { [self] in
            run(RecordTranslator(queueNames: queueNames))
            finished.signal()
        }
    }

    /// More is durable.
    func advance() {
        wake.signal()
    }

    /// Ends after what is durable now was written, or was tried once.
    func stop() {
        state.withLock { $0.isStopping = true }
        wake.signal()
        stopping.signal()
        while finished.wait(timeout: .now() + .seconds(Self.stopSeconds)) == .timedOut { catalog.interrupt() }
    }

    private func run(_ translator: RecordTranslator) {
        var translator = translator
        var releases = ReleaseSchedule()
        let writer = QuietThread(named: "catalog-writer")
        while true {
            do {
                var reader = try attach()
                try follow(&reader, &translator, writer, &releases)
                return
            } catch {
                note(error)
                if state.withLock({ $0.isStopping }) { return }
                _ = stopping.wait(timeout: .now() + .milliseconds(Self.retryMilliseconds))
            }
        }
    }

    private func attach() throws -> JournalReader {
        let position = try catalog.attach(journalID: journal.identifier)
        // What this broker wrote since must not make a catalog of another past look right.
        let end = state.withLock { $0.isFit } ? journal.durableThrough : endAtStart
        guard position <= end else { throw CatalogAhead(position: position, end: end) }
        state.withLock { $0.isFit = true }
        onEvent(.progressed(position))
        let oldest = journal.oldestContiguousPosition
        if position < oldest {
            logger.warning("The catalog starts in the middle of the journal: what came before is not in it")
        }
        return JournalReader(journal, from: max(position, oldest))
    }

    private func follow(
        _ reader: inout JournalReader,
        _ translator: inout RecordTranslator,
        _ writer: QuietThread,
        _ releases: inout ReleaseSchedule
    ) throws {
        state.withLock { $0.isConfirmed = false }
        var inFlight: BatchInFlight?
        // The catalog must not be attached again while it still works on a batch of before.
        defer { try? inFlight?.finish() }
        while true {
            var events: [CatalogEvent] = []
            var count = 0
            let countMax = state.withLock { $0.batchRecords }
            while count < countMax, let record = try reader.next() {
                count += 1
                if let event = try translator.translate(record) { events.append(event) }
            }
            releases.took(count, now: .now)
            if let batch = inFlight {
                inFlight = nil
                try finish(batch)
            }
            if count > 0 { inFlight = BatchInFlight(events, through: reader.position, to: catalog, on: writer) }
            if count < countMax, try !gather(after: &inFlight, &releases) { return }
        }
    }

    /// Waits for more after everything that there was; says false when there will be no more.
    private func gather(after inFlight: inout BatchInFlight?, _ releases: inout ReleaseSchedule) throws -> Bool {
        guard let batch = inFlight else {
            confirm()
            if state.withLock({ $0.isStopping }) { return false }
            waitForMore(&releases)
            return true
        }
        inFlight = nil
        try finish(batch)
        if !state.withLock({ $0.isStopping }) {
            _ = stopping.wait(timeout: .now() + .milliseconds(Self.gatherMilliseconds))
        }
        releaseMemoryIfDue(&releases, isIdle: false)
        return true
    }

    private func waitForMore(_ releases: inout ReleaseSchedule) {
        guard let rest = releases.rest else { return wake.wait() }
        let isIdle = wake.wait(timeout: .now() + .seconds(rest)) == .timedOut
        releaseMemoryIfDue(&releases, isIdle: isIdle)
    }

    private func releaseMemoryIfDue(_ releases: inout ReleaseSchedule, isIdle: Bool) {
        guard releases.isDue(isIdle: isIdle, now: .now) else { return }
        catalog.releaseMemory()
        cmq_give_memory_back()
    }

    private func finish(_ batch: BatchInFlight) throws {
        try batch.finish()
        state.withLock { $0.batchRecords = min($0.batchRecords * 2, Self.batchRecordsMax) }
        confirm()
        onEvent(.progressed(batch.position))
    }

    /// A catalog that can be attached may still refuse to be written, so that only this says that it is there.
    private func confirm() {
        let (isNews, wasAway) = state.withLock { state in
            defer {
                state.isConfirmed = true
                state.isAway = false
            }
            return (!state.isConfirmed, state.isAway)
        }
        guard isNews else { return }
        if wasAway { logger.notice("The catalog is back") }
        onEvent(.attached)
    }

    private func note(_ error: any Error) {
        let wasAway = state.withLock { state in
            defer { state.isAway = true }
            state.batchRecords = max(state.batchRecords / 2, Self.batchRecordsMin)
            return state.isAway
        }
        guard !wasAway else { return }
        onEvent(.lost)
        guard !(error is CatalogAhead) else {
            return logger.error("The catalog does not fit the journal; messages go on without an audit trail: \(error)")
        }
        logger.error("The catalog is away; messages go on, the audit trail follows when it is back: \(error)")
    }
}
