internal import DequeModule

/// The newest stretch of the journal in memory, so that who keeps up with it never touches the disk.
package struct ChunkCache {
    private let bytesMax: Int
    private var chunks: Deque<JournalChunk> = []
    private var bytes = 0

    /// - Parameter bytesMax: What chunks may take; the newest one is kept, however large it is.
    package init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Where the oldest chunk begins.
    var oldestPosition: JournalPosition? { chunks.first?.basePosition }

    /// Notes the chunk that the log goes on in.
    package mutating func note(_ chunk: JournalChunk) {
        guard chunk !== chunks.last else { return }
        chunks.append(chunk)
        bytes += chunk.capacity
        while bytes > bytesMax, chunks.count > 1, let oldest = chunks.popFirst() { bytes -= oldest.capacity }
    }

    /// Forgets the chunks that were noted since the log stood at `position` in `current`.
    mutating func forget(from position: JournalPosition, current: JournalChunk?) {
        while let last = chunks.last, last.basePosition >= position, last !== current {
            bytes -= last.capacity
            chunks.removeLast()
        }
    }

    /// Forgets all chunks.
    package mutating func forgetAll() {
        chunks = []
        bytes = 0
    }

    /// The chunk that has the record at `position`, if it is still here.
    package func chunk(at position: JournalPosition) -> JournalChunk? {
        guard let newest = chunks.last, let oldest = chunks.first, position >= oldest.basePosition else { return nil }
        if position >= newest.basePosition { return newest.contains(position) ? newest : nil }
        var (low, high) = (chunks.startIndex, chunks.endIndex)
        while high - low > 1 {
            let middle = (low + high) / 2
            if chunks[middle].basePosition <= position { low = middle } else { high = middle }
        }
        return chunks[low].contains(position) ? chunks[low] : nil
    }
}
