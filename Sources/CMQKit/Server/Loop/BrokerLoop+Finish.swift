internal import CMQJournal
internal import NIOCore

extension BrokerLoop {
    /// Makes everything that was accepted durable, sends its answers and writes a last checkpoint.
    func finish() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        finishing.append(promise)
        flush()
        continueFinishing()
        return promise.futureResult
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
