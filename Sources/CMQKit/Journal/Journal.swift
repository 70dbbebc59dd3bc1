internal import Synchronization

/// The durable log of the broker: opaque records, appended in batches, synced by group commit.
///
/// One thread at a time builds a batch; everything else may be called from any thread. The journal's own thread
/// writes and syncs, and reports how far the log is durable.
package final class Journal: Sendable {
    struct State {
        var cursor: AppendCursor
        var hasOpenBatch = false
        var pending: [JournalPiece] = []
        var inFlightBytes = 0
        /// The thread sleeps, or is about to.
        var isWriterWaiting = false
        /// It will wake by itself, to vouch for the last records.
        var isWriterTimed = false
        var isClosing = false
        var failure: JournalError?
        /// The end of the last caller's record that was handed over.
        var recordsEnd: JournalPosition
        /// How far a mark on disk, or handed over, vouches for the log.
        var markedThrough: JournalPosition
        var statistics = JournalStatistics()
        var thread: JournalThread?
        var lock: DirectoryLock?
    }

    struct Handlers: Sendable {
        let onDurable: @Sendable (JournalPosition) -> Void
        let onFailure: @Sendable (JournalError) -> Void
    }

    let configuration: JournalConfiguration
    let environment: AppendCursor.Environment
    let segments: SegmentStore
    let checkpoints: CheckpointStore
    let housekeeper: JournalHousekeeper
    let fileSystem: any JournalFileSystem
    let state: Mutex<State>
    /// Whoever holds it writes; `nil` while no thread runs.
    let writer = Mutex<JournalWriter?>(nil)
    let wake = Semaphore()
    /// Synced, and written: what readers may touch.
    let durable: Atomic<JournalPosition>
    let written: Atomic<JournalPosition>
    let availableBytes: Atomic<UInt64>

    private init(
        _ recovered: JournalRecovery.Result,
        lock: DirectoryLock,
        configuration: JournalConfiguration,
        fileSystem: any JournalFileSystem,
        tail: SegmentExtent
    ) {
        let layout = JournalLayout(directory: configuration.directory)
        let end = recovered.report.endPosition
        self.configuration = configuration
        self.fileSystem = fileSystem
        environment = AppendCursor.Environment(
            format: RecordFormat(recovered.journalID),
            pool: ChunkPool(chunkBytes: configuration.chunkBytes),
            recent: RecentChunks(bytesMax: configuration.recentBytesMax),
            segmentBytes: configuration.segmentBytes
        )
        segments = SegmentStore(
            layout: layout,
            journalID: recovered.journalID,
            segmentBytes: configuration.segmentBytes,
            extents: recovered.extents,
            spares: recovered.spares,
            in: fileSystem
        )
        checkpoints = CheckpointStore(
            layout: layout,
            journalID: recovered.journalID,
            intact: recovered.checkpoints,
            in: fileSystem
        )
        housekeeper = JournalHousekeeper(segments: segments, configuration: configuration, fileSystem: fileSystem)
        state = Mutex(
            State(
                cursor: AppendCursor(position: end, segment: tail),
                recordsEnd: recovered.recordsEnd,
                markedThrough: recovered.markedThrough,
                lock: lock
            )
        )
        durable = Atomic(end)
        written = Atomic(end)
        availableBytes = Atomic((try? fileSystem.availableBytes(configuration.directory)) ?? .max)
    }

    /// Opens the journal in the configured directory, or makes one, and reads it: first the newest checkpoint, where
    /// there is one, then each record behind it, in order.
    ///
    /// Nothing is written by the journal's threads before ``start(onDurable:onFailure:)``.
    ///
    /// - Throws: ``JournalError``; what the closures throw comes as its ``JournalError/cause``.
    package static func open(
        _ configuration: JournalConfiguration,
        fileSystem: any JournalFileSystem = LocalFileSystem(),
        onCheckpoint: (JournalCheckpoint) throws -> Void,
        onRecord: (JournalRecord) throws -> Void
    ) throws(JournalError) -> (journal: Journal, report: RecoveryReport) {
        try configuration.validate()
        let layout = JournalLayout(directory: configuration.directory)
        do {
            try fileSystem.makeDirectory(configuration.directory)
        } catch {
            throw .system("create the directory", configuration.directory, error)
        }
        let lock = try DirectoryLock(layout, in: fileSystem)
        let recovery = JournalRecovery(
            layout: layout,
            segmentBytes: configuration.segmentBytes,
            fileSystem: fileSystem
        )
        let result: JournalRecovery.Result
        if let recovered = try recovery.run(onCheckpoint: onCheckpoint, onRecord: onRecord) {
            result = recovered
        } else {
            result = try create(configuration, layout, in: fileSystem)
        }
        guard let tail = result.extents.last else { throw .missingSegment(from: 0, path: configuration.directory) }
        let journal = Journal(
            result,
            lock: lock,
            configuration: configuration,
            fileSystem: fileSystem,
            tail: tail
        )
        return (journal, result.report)
    }

    /// Starts the journal's threads. Both handlers are called on the thread that writes, which is the caller's in
    /// ``commitHere(_:)``: they must not block long, and must not call the journal.
    ///
    /// - Parameters:
    ///   - onDurable: called after each sync: all before this position is durable.
    ///   - onFailure: called once: a write or sync failed. Nothing is retried and nothing more is taken, because a
    ///     second sync after a failed one proves nothing.
    package func start(
        onDurable: @escaping @Sendable (JournalPosition) -> Void,
        onFailure: @escaping @Sendable (JournalError) -> Void
    ) throws(JournalError) {
        try housekeeper.start()
        writer.withLock { $0 = JournalWriter(self, handlers: Handlers(onDurable: onDurable, onFailure: onFailure)) }
        let thread = try JournalThread(named: "journal-writer") { self.write() }
        state.withLock { $0.thread = thread }
    }

    /// Writes and syncs what was committed, adds the final sync mark, stops the threads and lets go of the directory.
    /// Blocks; not to be called from a handler.
    ///
    /// - Throws: the failure that the journal ended with, if any.
    package func close() throws(JournalError) {
        let thread: JournalThread? = state.withLock { state in
            state.isClosing = true
            let thread = state.thread
            state.thread = nil
            return thread
        }
        wake.signal()
        thread?.join()
        writer.withLock { $0 = nil }
        housekeeper.stop()
        let failure: JournalError? = state.withLock { state in
            state.lock = nil
            return state.failure
        }
        if let failure { throw failure }
    }

    /// Makes the first segment, then the file that says that a journal exists.
    private static func create(
        _ configuration: JournalConfiguration,
        _ layout: JournalLayout,
        in fileSystem: any JournalFileSystem
    ) throws(JournalError) -> JournalRecovery.Result {
        let id = JournalID.random()
        let first = SegmentExtent(base: 0, capacity: UInt64(configuration.segmentBytes))
        let store = SegmentStore(
            layout: layout,
            journalID: id,
            segmentBytes: configuration.segmentBytes,
            extents: [],
            spares: [],
            in: fileSystem
        )
        _ = try store.activate(first)
        try JournalIdentity.write(id, layout: layout, in: fileSystem)
        let report = RecoveryReport(
            endPath: layout.segment(0),
            endOffset: first.offset(of: 0),
            segments: [JournalSegmentInfo(basePosition: 0, endPosition: first.end)]
        )
        return JournalRecovery.Result(
            journalID: id,
            extents: [first],
            checkpoints: [],
            spares: [],
            recordsEnd: 0,
            markedThrough: 0,
            report: report
        )
    }
}
