internal import CMQJournal
internal import DequeModule

/// The newest stretch of the journal in memory, so that consumers that keep up never touch the disk.
struct BodyCache {
    private let bytesMax: Int
    private var chunks: Deque<JournalChunk> = []
    private var bytes = 0

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    mutating func note(_ chunk: JournalChunk) {
        guard chunk !== chunks.last else { return }
        chunks.append(chunk)
        bytes += chunk.capacity
        while bytes > bytesMax, chunks.count > 1, let oldest = chunks.popFirst() { bytes -= oldest.capacity }
    }

    /// The chunk that has the record at `position`, if it is still here.
    func chunk(at position: JournalPosition) -> JournalChunk? {
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
