internal import CMQCatalog
internal import CMQLogging
internal import Dispatch
internal import Logging
internal import Synchronization

/// Deletes what was acknowledged longer ago than the retention allows, now and then and a little at a time.
final class RetentionWorker: Sendable {
    /// Rows that go in one transaction.
    private static let batchRows = 1_000

    private let catalog: any Catalog
    private let age: Duration
    private let logger: Logger
    private let queue = DispatchQueue(label: "cmq.retention", qos: .utility)
    // Unsafe only for the compiler: dispatch sources may be used from any thread.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer
    private let isStopping = Atomic<Bool>(false)

    init(catalog: any Catalog, age: Duration, logger: Logger) {
        self.catalog = catalog
        self.age = age
        self.logger = logger
        timer = DispatchSource.makeTimerSource(queue: queue)
    }

    func start() {
        let seconds = min(max(age.components.seconds / 24, 60), 3_600)
        timer.schedule(deadline: .now(), repeating: .seconds(Int(seconds)), leeway: .seconds(5))
        timer.setEventHandler { [self] in prune() }
        timer.resume()
    }

    /// How long the end of the broker waits for a catalog that does not answer.
    private static let stopSeconds = 5

    /// Ends with the batch at hand.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        timer.cancel()
        let finished = DispatchSemaphore(value: 0)
        queue.async { finished.signal() }
        while finished.wait(timeout: .now() + .seconds(Self.stopSeconds)) == .timedOut { catalog.interrupt() }
    }

    private func prune() {
        var pruned = 0
        do throws(CatalogError) {
            while !isStopping.load(ordering: .acquiring) {
                let count = try catalog.prune(acknowledgedBefore: .now() - age, limit: Self.batchRows)
                pruned += count
                if count < Self.batchRows { break }
            }
        } catch {
            // An outage is the projector's to report; the next time will do.
            logger.debug("Retention has to wait: \(error)")
        }
        guard pruned > 0 else { return }
        logger.info(
            "Rows of messages acknowledged long ago were deleted",
            metadata: Logger.Metadata([.count: "\(pruned)"])
        )
    }
}
