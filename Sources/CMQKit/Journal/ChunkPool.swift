internal import Glibc
internal import Synchronization

/// Memory for chunks, kept for reuse: fresh memory costs a page fault for each page, at the journal's rate more
/// than the copy into it. Large pages, where the system has them, make that one for each chunk.
final class ChunkPool: Sendable {
    private static let freeChunksMax = 8
    private static let largePageBytes = 2 << 20

    private let chunkBytes: Int
    private let free = Mutex<[ChunkMemory]>([])

    init(chunkBytes: Int) {
        self.chunkBytes = chunkBytes
    }

    deinit {
        drain()
    }

    /// A chunk of the usual size, or larger where one record needs it.
    func makeChunk(at position: JournalPosition, atLeast size: Int) -> JournalChunk {
        let reused = size <= chunkBytes ? free.withLock { $0.popLast() } : nil
        let memory = reused ?? Self.allocate(max(size, chunkBytes))
        return JournalChunk(basePosition: position, memory: memory, pool: self)
    }

    private static func allocate(_ count: Int) -> ChunkMemory {
        let isLarge = count % largePageBytes == 0
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: isLarge ? largePageBytes : 16)
        // Advice only: where it is not taken, there are more page faults.
        if isLarge { madvise(pointer, count, MADV_HUGEPAGE) }
        return ChunkMemory(pointer: pointer, count: count)
    }

    /// Frees what is kept for reuse.
    func drain() {
        let kept = free.withLock { free in
            defer { free = [] }
            return free
        }
        for memory in kept { memory.pointer.deallocate() }
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
