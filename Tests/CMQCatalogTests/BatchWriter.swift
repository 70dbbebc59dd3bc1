import CMQCatalog
import Synchronization

/// Fills a catalog from another thread and says when it has stopped, whether or not it came to the end.
final class BatchWriter: Sendable {
    private let stopped = Mutex(false)

    var isDone: Bool { stopped.withLock { $0 } }

    func write(_ count: Int, batchesOf size: Int, to catalog: any Catalog) throws {
        defer { stopped.withLock { $0 = true } }
        for batch in 1...count {
            let numbers = UInt64((batch - 1) * size)..<UInt64(batch * size)
            try catalog.apply(numbers.map { .sent($0, "m-\($0)") }, through: UInt64(batch))
        }
    }
}
