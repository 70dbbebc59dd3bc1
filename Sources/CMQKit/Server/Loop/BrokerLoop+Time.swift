internal import CAllocator
internal import CMQBrokerCore
internal import CMQJournal
internal import CMQLogging
internal import CMQWire
internal import DequeModule
internal import Dispatch
internal import Logging

extension BrokerLoop {
    /// To be called regularly: leases, ages, checkpoints and segments that may go.
    func tick() {
        guard openBatch() else { return }
        core.tick(now: BrokerClock.now(), effects: &effects)
        carryOut()
        flush()
        checkProjectionLag()
        beginCheckpointIfDue()
        retireSegments()
        giveMemoryBack()
        clientLog.summarize()
    }

    private func giveMemoryBack() {
        // What the catalog has not got yet it reads from the buffers.
        guard projectionLag <= TrimSchedule.quietBytes || isCatalogAway,
            trims.isDue(waiting: core.waitingMessages, end: recordsEnd)
        else { return }
        dropBuffers()
        DispatchQueue.global(qos: .utility).async {
            cmq_give_memory_back()
            cmq_forget_unused_code()
        }
    }

    func follow(_ event: Projector.Event) {
        switch event {
        case .attached: isCatalogAway = false
        case .lost: isCatalogAway = true
        case .progressed(let position):
            projectedThrough = position
            checkProjectionLag()
        }
    }

    /// How far the catalog is behind, in bytes of the journal.
    var projectionLag: JournalPosition {
        recordsEnd - min(projectedThrough ?? startPosition, recordsEnd)
    }

    /// Holds publishers back while the catalog is too far behind, whether it is slow or away.
    func checkProjectionLag() {
        let lag = projectionLag
        let wasBehind = isProjectionBehind
        let limit = JournalPosition(settings.projectionLagBytes)
        // Goes on some way below the limit, not to change its mind with every batch.
        isProjectionBehind = lag > (wasBehind ? limit / 4 * 3 : limit)
        if wasBehind, !isProjectionBehind {
            logger.notice("The catalog has caught up, publishing goes on")
            resumeHeldBack()
            scheduleFlush()
        } else if !wasBehind, isProjectionBehind {
            logger.warning(
                "The catalog is too far behind, publishing waits",
                metadata: Logger.Metadata([.bytes: "\(lag)", .limit: "\(settings.projectionLagBytes)"])
            )
        }
    }

    // MARK: Checkpoints

    private func beginCheckpointIfDue() {
        guard checkpoints.isDue(at: recordsEnd), failure == nil else { return }
        takeCheckpoint()
    }

    func takeCheckpoint() {
        checkpoints.took(CheckpointSchedule.Snapshot(position: recordsEnd, state: core.snapshot()))
        continueCheckpoint(durableThrough: journal.durableThrough)
    }

    /// Writes the checkpoint that waits, once the journal is durable up to its position.
    func continueCheckpoint(durableThrough position: JournalPosition) {
        guard let waiting = checkpoints.waiting, position >= waiting.position,
            let snapshot = checkpoints.takeWaiting()
        else { return }
        let (journal, loop, logger) = (journal, LoopReference(self), logger)
        DispatchQueue.global().async {
            var bytes: Int? = 0
            do {
                try journal.writeCheckpoint(position: snapshot.position) { writer in
                    try snapshot.state.encode { piece in
                        try piece.withUnsafeBytes { try writer.write($0) }
                        bytes? += piece.count
                    }
                }
            } catch {
                bytes = nil
                logger.error("A checkpoint could not be written, the previous one stands: \(error)")
            }
            loop.execute { [bytes] loop in
                loop.checkpoints.wrote(bytes)
                loop.retireSegments()
                loop.continueFinishing()
            }
        }
    }

    /// Gives up the segments in which everything is settled and projected.
    func retireSegments() {
        journal.retire { segment in
            segment.endPosition <= projectedThrough ?? 0 && !ledger.isInUse(segment)
        }
    }

    // MARK: Failure

    /// Says once when the disk becomes nearly full, and once when it is not any more.
    func noteSpace() {
        let isLow = journal.isLowOnSpace
        guard isLow != isDiskLow else { return }
        isDiskLow = isLow
        if isLow {
            logger.warning("The journal's disk is nearly full, publishing is refused: \(journal.lowOnSpace)")
        } else {
            logger.notice("The journal's disk has space again, publishing goes on")
        }
    }

    /// The journal cannot be trusted any more: nothing that waits for it will ever be acknowledged.
    func fail(_ error: JournalError) {
        guard failure == nil else { return }
        failure = error.description
        logger.critical("The journal has failed, no more messages are accepted: \(error)")
        batch = nil
        isJournalFull = false
        isProjectionBehind = false
        for session in sessions.values {
            session.output.refuseWhatWaits(with: .error(refusal))
            session.closesWhenEmpty = true
        }
        resumeHeldBack()
        flush()
        continueFinishing()
        settings.onFailure(error.description)
    }
}
