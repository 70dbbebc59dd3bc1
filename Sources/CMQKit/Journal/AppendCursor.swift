/// Where the next record goes: position, segment and chunk.
struct AppendCursor: Sendable {
    private(set) var position: JournalPosition
    private(set) var segment: SegmentExtent
    private(set) var chunk: JournalChunk?

    init(position: JournalPosition, segment: SegmentExtent) {
        self.position = position
        self.segment = segment
    }

    /// What a record is built with.
    struct Environment: Sendable {
        let format: RecordFormat
        let pool: ChunkPool
        let recent: RecentChunks
        let segmentBytes: Int
    }

    /// Takes room for a record, closing the segment first where it does not fit in.
    mutating func reserve(
        _ size: Int,
        in environment: Environment,
        pieces: inout [JournalPiece]
    ) -> (memory: UnsafeMutableRawPointer, position: JournalPosition, chunk: JournalChunk) {
        if !segment.fits(size, at: position) { closeSegment(for: size, in: environment, pieces: &pieces) }
        return take(size, in: environment, pieces: &pieces)
    }

    private mutating func closeSegment(
        for size: Int,
        in environment: Environment,
        pieces: inout [JournalPiece]
    ) {
        let end = take(RecordFormat.endBytes, in: environment, pieces: &pieces)
        environment.format.storeHeader(
            to: end.memory,
            position: end.position,
            kind: RecordFormat.endKind,
            payload: UnsafeRawBufferPointer(start: nil, count: 0)
        )
        pieces[pieces.count - 1].endsSegment = true
        segment = segment.successor(segmentBytes: environment.segmentBytes, recordBytes: size)
        position = segment.base
        chunk = nil
    }

    private mutating func take(
        _ size: Int,
        in environment: Environment,
        pieces: inout [JournalPiece]
    ) -> (memory: UnsafeMutableRawPointer, position: JournalPosition, chunk: JournalChunk) {
        let target: JournalChunk
        if let chunk, chunk.free >= size {
            target = chunk
        } else {
            target = environment.pool.makeChunk(at: position, atLeast: size)
            environment.recent.note(target)
            chunk = target
        }
        let start = target.count
        if let last = pieces.indices.last, pieces[last].chunk === target {
            pieces[last].end = start + size
        } else {
            pieces.append(JournalPiece(chunk: target, segment: segment, start: start, end: start + size))
        }
        let taken = (memory: target.take(size), position: position, chunk: target)
        position += UInt64(size)
        return taken
    }
}
