internal import Synchronization

/// A stretch of the log in memory, shared by the batches that were built in it one after the other.
///
/// A caller that keeps it can serve records without reading the disk; the memory goes back to the journal with
/// the last reference. Bytes of committed records never change.
package final class JournalChunk: Sendable {
    /// The position of the chunk's first byte.
    package let basePosition: JournalPosition
    let memory: ChunkMemory
    private let pool: ChunkPool
    private let used = Atomic<Int>(0)

    init(basePosition: JournalPosition, memory: ChunkMemory, pool: ChunkPool) {
        self.basePosition = basePosition
        self.memory = memory
        self.pool = pool
    }

    deinit {
        pool.recycle(memory)
    }

    /// The bytes in use so far.
    package var count: Int { used.load(ordering: .acquiring) }

    /// The bytes of memory that this chunk holds, used or not: what a cache has to count.
    package var capacity: Int { memory.count }

    /// Whether the record at `position` lies here.
    package func contains(_ position: JournalPosition) -> Bool {
        position >= basePosition && position - basePosition < UInt64(count)
    }

    /// Gives `body` the record that an append placed at `position`; nil where this chunk does not hold it.
    package func withRecord<Result>(at position: JournalPosition, _ body: (JournalRecord) -> Result) -> Result? {
        guard contains(position), count - Int(position - basePosition) >= RecordFormat.headerBytes else { return nil }
        let offset = Int(position - basePosition)
        let bytes = UnsafeRawBufferPointer(start: memory.pointer, count: count)
        let length = Int(bytes.integer(UInt32.self, at: offset))
        let start = offset + RecordFormat.headerBytes
        guard length <= bytes.count - start else { return nil }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)])
        return body(JournalRecord(position: position, kind: bytes[offset + 4], payload: payload))
    }

    /// Gives `body` the payload of `length` bytes of the record at `position`, both as the append returned them.
    package func withUnsafeBytes<Result, Failure: Error>(
        at position: JournalPosition,
        length: Int,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let offset = Int(position - basePosition) + RecordFormat.headerBytes
        precondition(offset + length <= count, "the record does not lie in this chunk")
        return try body(UnsafeRawBufferPointer(start: memory.pointer + offset, count: length))
    }

    var free: Int { memory.count - count }

    /// For the one batch that is being built: the next `size` bytes.
    func take(_ size: Int) -> UnsafeMutableRawPointer {
        let offset = count
        used.store(offset + size, ordering: .releasing)
        return memory.pointer + offset
    }

    /// Gives back what an abandoned batch took.
    func rewind(to count: Int) {
        used.store(count, ordering: .releasing)
    }
}

/// The memory of a chunk.
struct ChunkMemory: @unchecked Sendable {
    // Unchecked because of the pointer: only the batch being built and the sync mark's stamp write to it, each to
    // bytes that nobody else has been given yet.
    let pointer: UnsafeMutableRawPointer
    let count: Int
}

extension JournalChunk {
    /// For the writer: completes the sync mark at `offset`, whose bytes nobody else has been given.
    func stampMark(at offset: Int, durableThrough: JournalPosition, format: RecordFormat) {
        format.storeMark(
            to: memory.pointer + offset,
            position: basePosition + UInt64(offset),
            durableThrough: durableThrough
        )
    }
}
