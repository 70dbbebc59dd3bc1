/// Where an appended record lies.
package struct JournalPlacement: Sendable {
    package var position: JournalPosition
    /// Keep it to serve the record from memory. Many records share one.
    package var chunk: JournalChunk
    /// Where the log goes on behind the record.
    package var nextPosition: JournalPosition
}

/// Records that become durable together or, after a crash, up to some record among them.
///
/// Built by one thread, then handed to ``Journal/commit(_:)``; one that is dropped instead leaves no trace.
package final class JournalBatch {
    let journal: Journal
    private(set) var cursor: AppendCursor
    private(set) var pieces: [JournalPiece] = []
    private let origin: AppendCursor
    private let originUsed: Int
    var isFinished = false

    /// The number of records appended.
    package private(set) var recordCount = 0

    init(journal: Journal, cursor: AppendCursor) {
        self.journal = journal
        self.cursor = cursor
        origin = cursor
        originUsed = cursor.chunk?.count ?? 0
        // The writer stamps it: only then is it known how much was synced before.
        _ = self.cursor.reserve(RecordFormat.markBytes, in: journal.environment, pieces: &pieces)
        pieces[pieces.count - 1].hasMark = true
    }

    deinit {
        if !isFinished { abandon() }
    }

    /// The bytes that the batch takes in the log.
    package var byteCount: Int { pieces.reduce(0) { $0 + $1.count } }

    /// Appends one record; `fill` gets exactly `payloadSize` bytes of undefined content and has to set them all.
    ///
    /// - Throws: ``JournalError/Code/recordTooLarge``; the batch stays as it was.
    @discardableResult
    package func append(
        kind: UInt8,
        payloadSize: Int,
        fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(JournalError) -> JournalPlacement {
        precondition(RecordFormat.callerKinds.contains(kind), "record kinds above 0xEF are the journal's own")
        precondition(!isFinished, "the batch was committed already")
        guard payloadSize <= journal.configuration.recordBytesMax else { throw tooLarge(payloadSize) }
        let size = RecordFormat.recordBytes(payload: payloadSize)
        let place = cursor.reserve(size, in: journal.environment, pieces: &pieces)
        if size > RecordFormat.headerBytes {
            // The padding: reused memory would write old bytes of somebody else's message.
            place.memory.storeBytes(of: 0, toByteOffset: size - 8, as: UInt64.self)
        }
        let payload = UnsafeMutableRawBufferPointer(
            start: place.memory + RecordFormat.headerBytes,
            count: payloadSize
        )
        fill(payload)
        journal.environment.format.storeHeader(
            to: place.memory,
            position: place.position,
            kind: kind,
            payload: UnsafeRawBufferPointer(payload)
        )
        pieces[pieces.count - 1].hasRecords = true
        recordCount += 1
        return JournalPlacement(position: place.position, chunk: place.chunk, nextPosition: cursor.position)
    }

    /// Appends a copy of `payload`.
    @discardableResult
    package func append(kind: UInt8, _ payload: UnsafeRawBufferPointer) throws(JournalError) -> JournalPlacement {
        try append(kind: kind, payloadSize: payload.count) { $0.copyMemory(from: payload) }
    }

    /// Gives the room back; later batches use the same positions.
    func abandon() {
        isFinished = true
        origin.chunk?.rewind(to: originUsed)
        journal.environment.recent.forget(from: origin.position, current: origin.chunk)
        journal.closeBatch()
    }

    private func tooLarge(_ size: Int) -> JournalError {
        JournalError(
            .recordTooLarge,
            "a record of \(size) bytes exceeds the limit of \(journal.configuration.recordBytesMax)",
            remedy: "raise the journal's record limit or send smaller messages"
        )
    }
}
