internal import DequeModule
internal import Synchronization

/// The newest stretch of the log in memory, for readers that follow it closely.
final class RecentChunks: Sendable {
    private struct State {
        var chunks: Deque<JournalChunk> = []
        var bytes = 0
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Notes a chunk that the log goes on in. The newest one is kept, however large it is, unless nothing is to be.
    func note(_ chunk: JournalChunk) {
        guard bytesMax > 0 else { return }
        // Let go of outside the lock: the last reference gives the memory back.
        var dropped: [JournalChunk] = []
        state.withLock { state in
            state.chunks.append(chunk)
            state.bytes += chunk.capacity
            while state.bytes > bytesMax, state.chunks.count > 1, let oldest = state.chunks.popFirst() {
                state.bytes -= oldest.capacity
                dropped.append(oldest)
            }
        }
    }

    /// Forgets the chunks that were noted since the log stood at `position` in `current`: their batch was abandoned.
    func forget(from position: JournalPosition, current: JournalChunk?) {
        var dropped: [JournalChunk] = []
        state.withLock { state in
            while let last = state.chunks.last, last.basePosition >= position, last !== current {
                state.bytes -= last.capacity
                dropped.append(state.chunks.removeLast())
            }
        }
    }

    /// The chunk that has the record at `position`, if it is still here.
    func chunk(at position: JournalPosition) -> JournalChunk? {
        state.withLock { state in state.chunks.last { $0.basePosition <= position } }
            .flatMap { $0.contains(position) ? $0 : nil }
    }
}
