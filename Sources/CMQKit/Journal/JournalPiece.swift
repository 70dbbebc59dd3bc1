/// Bytes in one chunk, for one segment, waiting to be written.
struct JournalPiece: Sendable {
    let chunk: JournalChunk
    let segment: SegmentExtent
    /// The offset in the chunk.
    let start: Int
    var end: Int
    /// Whether the piece begins with a sync mark that has still to be stamped.
    var hasMark = false
    /// Whether the piece holds a caller's record, so that a later mark has something to prove.
    var hasRecords = false
    /// Whether the piece ends with the segment's end record.
    var endsSegment = false

    var count: Int { end - start }
    var position: JournalPosition { chunk.basePosition + UInt64(start) }
    var endPosition: JournalPosition { chunk.basePosition + UInt64(end) }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: chunk.memory.pointer + start, count: count)
    }

    /// Whether `next` can be written in the same call.
    func isContinued(by next: JournalPiece) -> Bool {
        chunk === next.chunk && end == next.start && !endsSegment
    }
}
