internal import CMQJournal
internal import NIOCore

extension BrokerLoop {
    /// Takes no more commands, makes everything that was accepted durable, sends its answers and writes a last
    /// checkpoint.
    func finish() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        isStopping = true
        finishing.append(promise)
        flush()
        continueFinishing()
        return promise.futureResult
    }

    /// Like ``finish()``, and lets nothing into the journal afterwards, which will be closed: the ends of sessions,
    /// and whoever connected in the last moment, may be told later than that.
    func end() -> EventLoopFuture<Void> {
        finish().assumeIsolated().map { self.hasEnded = true }.nonisolated()
    }

    /// Goes on with ``finish()`` when something that it waits for has happened.
    func continueFinishing() {
        guard !finishing.isEmpty else { return }
        if failure == nil {
            guard journal.durableThrough >= recordsEnd, checkpoints.waiting == nil, !checkpoints.isWriting else {
                return
            }
            if checkpoints.isStale(at: recordsEnd) { return takeCheckpoint() }
        }
        let promises = finishing
        finishing = []
        for promise in promises { promise.succeed() }
    }
}
