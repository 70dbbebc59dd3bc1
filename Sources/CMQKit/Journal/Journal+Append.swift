internal import Synchronization

/// Whether the caller should go on.
package enum JournalBackpressure: Sendable {
    case none
    /// The limit of bytes in flight is reached: begin the next batch after a call of `onDurable`.
    case pause
}

extension Journal {
    /// Where the next batch will begin. The journal's own marks move it, so take a record's position from its append.
    package var nextPosition: JournalPosition { state.withLock { $0.cursor.position } }

    /// All before this is durable.
    package var durableThrough: JournalPosition { durable.load(ordering: .acquiring) }

    /// The bytes that were committed and are not durable yet.
    package var inFlightBytes: Int { state.withLock { $0.inFlightBytes } }

    /// Whether the file system has less free space than the configured low-water mark. Asks the system only while
    /// it is low, so that it is noticed when space comes back.
    package var isLowOnSpace: Bool {
        guard availableBytes.load(ordering: .relaxed) < configuration.lowWaterBytes else { return false }
        measureSpace()
        return availableBytes.load(ordering: .relaxed) < configuration.lowWaterBytes
    }

    package var statistics: JournalStatistics {
        var statistics = state.withLock { $0.statistics }
        statistics.spareSegments = segments.spareCount
        statistics.housekeepingError = housekeeper.lastError
        return statistics
    }

    /// Begins a batch. Only one may be open at a time.
    ///
    /// - Parameters:
    ///   - ignoringLowWater: for records that end messages and so free space.
    ///   - ignoringInFlightLimit: for a caller that holds its inputs back by itself after ``JournalBackpressure/pause``.
    /// - Throws: ``JournalError/Code/lowOnSpace``, ``JournalError/Code/inFlightLimit``,
    ///   ``JournalError/Code/closed``, or the failure that ended the journal.
    package func makeBatch(
        ignoringLowWater: Bool = false,
        ignoringInFlightLimit: Bool = false
    ) throws(JournalError) -> JournalBatch {
        if !ignoringLowWater, isLowOnSpace { throw lowOnSpace }
        let cursor = try state.withLock { (state) throws(JournalError) in
            if let failure = state.failure { throw failure }
            if state.isClosing { throw JournalError.closed }
            guard ignoringInFlightLimit || state.inFlightBytes < configuration.inFlightBytesMax else {
                throw inFlightLimit
            }
            precondition(!state.hasOpenBatch, "only one batch may be open at a time")
            state.hasOpenBatch = true
            return state.cursor
        }
        return JournalBatch(journal: self, cursor: cursor)
    }

    /// Hands the batch to the writer and returns at once. A batch without records is dropped.
    ///
    /// - Throws: the failure that ended the journal, or ``JournalError/Code/closed``; the batch is lost then.
    @discardableResult
    package func commit(_ batch: JournalBatch) throws(JournalError) -> JournalBackpressure {
        let backpressure = try enqueue(batch)
        state.withLock { wakeWriter(&$0) }
        return backpressure
    }

    /// Like ``commit(_:)``, but writes and syncs on the calling thread when the journal's own has nothing to do: two
    /// changes of threads less, for a caller that would only wait. Blocks as long as the disk takes.
    ///
    /// - Throws: the failure that ended the journal before, or ``JournalError/Code/closed``; one of this write goes to
    ///   the handler.
    @discardableResult
    package func commitHere(_ batch: JournalBatch) throws(JournalError) -> JournalBackpressure {
        let backpressure = try enqueue(batch)
        let hasWritten = writer.withLockIfAvailable { $0?.writePending() ?? false } ?? false
        state.withLock { state in
            // Without a time of its own it would not vouch for these records.
            if !hasWritten || !state.isWriterTimed || state.isClosing { wakeWriter(&state) }
        }
        return hasWritten ? .none : backpressure
    }

    /// Puts the batch where the writer finds it.
    private func enqueue(_ batch: JournalBatch) throws(JournalError) -> JournalBackpressure {
        precondition(batch.journal === self && !batch.isFinished, "the batch was committed already")
        guard batch.recordCount > 0 else {
            batch.abandon()
            return .none
        }
        batch.isFinished = true
        let (cursor, pieces, byteCount) = (batch.cursor, batch.pieces, batch.byteCount)
        return try state.withLock { (state) throws(JournalError) in
            state.hasOpenBatch = false
            if let failure = state.failure { throw failure }
            if state.isClosing { throw JournalError.closed }
            state.cursor = cursor
            state.pending += pieces
            state.inFlightBytes += byteCount
            state.recordsEnd = cursor.position
            return state.inFlightBytes < configuration.inFlightBytesMax ? .none : .pause
        }
    }

    /// A batch was abandoned.
    func closeBatch() {
        state.withLock { state in
            state.hasOpenBatch = false
            // It may have slept through the time for a mark.
            wakeWriter(&state)
        }
    }

    private func wakeWriter(_ state: inout State) {
        guard state.isWriterWaiting else { return }
        state.isWriterWaiting = false
        wake.signal()
    }

    func measureSpace() {
        // A file system that cannot say is not held against the caller; a full one fails the write.
        let available = (try? fileSystem.availableBytes(configuration.directory)) ?? .max
        availableBytes.store(available, ordering: .relaxed)
    }

    /// What is wrong, and the remedy, where ``isLowOnSpace`` says so.
    package var lowOnSpace: JournalError {
        JournalError(
            .lowOnSpace,
            "the journal's file system has less than \(configuration.lowWaterBytes) bytes free",
            path: configuration.directory,
            remedy: "free space, or let receivers acknowledge messages so that segments can go"
        )
    }

    private var inFlightLimit: JournalError {
        JournalError(
            .inFlightLimit,
            "more than \(configuration.inFlightBytesMax) bytes wait to become durable",
            path: configuration.directory,
            remedy: "wait until the journal reports that more is durable"
        )
    }
}
