internal import Synchronization

/// The newest stretch of the log in memory, for readers on other threads that follow it closely.
final class RecentChunks: Sendable {
    private let cache: Mutex<ChunkCache>
    private let isUsed: Bool
    /// Where the oldest chunk begins: a reader that is far behind asks for nothing else, record by record.
    private let oldest = Atomic<JournalPosition>(.max)

    /// - Parameter bytesMax: 0 keeps nothing.
    init(bytesMax: Int) {
        cache = Mutex(ChunkCache(bytesMax: bytesMax))
        isUsed = bytesMax > 0
    }

    /// Notes a chunk that the log goes on in.
    func note(_ chunk: JournalChunk) {
        guard isUsed else { return }
        change { $0.note(chunk) }
    }

    /// Forgets the chunks that were noted since the log stood at `position` in `current`: their batch was abandoned.
    func forget(from position: JournalPosition, current: JournalChunk?) {
        change { $0.forget(from: position, current: current) }
    }

    /// Forgets all chunks: readers find everything on the disk.
    func forgetAll() {
        change { $0.forgetAll() }
    }

    /// The chunk that has the record at `position`, if it is still here.
    func chunk(at position: JournalPosition) -> JournalChunk? {
        guard position >= oldest.load(ordering: .acquiring) else { return nil }
        return cache.withLock { $0.chunk(at: position) }
    }

    private func change(_ body: (inout sending ChunkCache) -> Void) {
        cache.withLock { cache in
            body(&cache)
            oldest.store(cache.oldestPosition ?? .max, ordering: .releasing)
        }
    }
}
