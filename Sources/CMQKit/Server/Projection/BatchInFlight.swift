internal import CMQCatalog
internal import CMQJournal
internal import Dispatch
internal import Synchronization

/// A batch that the catalog applies while the projector reads the next one.
final class BatchInFlight: Sendable {
    let position: JournalPosition
    private let result = Mutex<Result<Void, CatalogError>?>(nil)
    private let finished = DispatchSemaphore(value: 0)

    init(_ events: [CatalogEvent], through position: JournalPosition, to catalog: any Catalog, on thread: QuietThread) {
        self.position = position
        thread.run { [self] in
            let outcome = Result { () throws(CatalogError) in
                _ = try catalog.apply(events, through: position)
            }
            result.withLock { $0 = outcome }
            finished.signal()
        }
    }

    /// Waits until the batch was applied.
    func finish() throws(CatalogError) {
        finished.wait()
        try result.withLock { $0 }?.get()
    }
}
