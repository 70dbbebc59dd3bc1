internal import Synchronization

/// Memory for chunks, kept for reuse: fresh memory costs a page fault for each 4 KiB, at the journal's rate more
/// than the copy into it.
final class ChunkPool: Sendable {
    private static let freeChunksMax = 16

    private let chunkBytes: Int
    private let free = Mutex<[ChunkMemory]>([])

    init(chunkBytes: Int) {
        self.chunkBytes = chunkBytes
    }

    deinit {
        for memory in free.withLock({ $0 }) { memory.pointer.deallocate() }
    }

    /// A chunk of the usual size, or larger where one record needs it.
    func makeChunk(at position: JournalPosition, atLeast size: Int) -> JournalChunk {
        let reused = size <= chunkBytes ? free.withLock { $0.popLast() } : nil
        let memory =
            reused
            ?? {
                let count = max(size, chunkBytes)
                let pointer = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
                return ChunkMemory(pointer: pointer, count: count)
            }()
        return JournalChunk(basePosition: position, memory: memory, pool: self)
    }

    func recycle(_ memory: ChunkMemory) {
        let isKept = free.withLock { free in
            guard memory.count == chunkBytes, free.count < Self.freeChunksMax else { return false }
            free.append(memory)
            return true
        }
        if !isKept { memory.pointer.deallocate() }
    }
}
