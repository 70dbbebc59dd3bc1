internal import Synchronization

extension Journal {
    /// The segments there are, oldest first; the last one is being written.
    package var segmentInfos: [JournalSegmentInfo] {
        segments.extents.map { JournalSegmentInfo(basePosition: $0.base, endPosition: $0.end) }
    }

    /// The segment that holds a position, for callers that count what still lives in each; nil when it was retired.
    package func segmentInfo(containing position: JournalPosition) -> JournalSegmentInfo? {
        segmentInfos.first { $0.basePosition <= position && position < $0.endPosition }
    }

    /// The position of the newest durable checkpoint.
    package var checkpointPosition: JournalPosition? { checkpoints.newest }

    /// Writes the caller's state as of exactly `position`: a start begins there. Blocks until it is durable; another
    /// thread than the journal's may do it while batches go on.
    ///
    /// - Parameter position: a record's `nextPosition`; must be durable.
    /// - Throws: ``JournalError``; the journal goes on, and the previous checkpoint stands.
    package func writeCheckpoint(
        position: JournalPosition,
        _ body: (JournalCheckpointWriter) throws -> Void
    ) throws(JournalError) {
        try checkpoints.write(at: position, durableThrough: durableThrough, body)
    }

    /// Gives up the segments that `shouldRetire` names among those that lie wholly before the newest checkpoint. Their
    /// files are recycled or deleted in the background; records in other old segments stay readable.
    ///
    /// - Returns: what was given up.
    @discardableResult
    package func retire(where shouldRetire: (JournalSegmentInfo) -> Bool) -> [JournalSegmentInfo] {
        guard let checkpoint = checkpoints.newest else { return [] }
        let retired = segments.retire(before: checkpoint, where: shouldRetire)
        if !retired.isEmpty { housekeeper.dispose(retired) }
        return retired.map { JournalSegmentInfo(basePosition: $0.extent.base, endPosition: $0.extent.end) }
    }

    /// Frees what is kept in memory only to be quicker: the newest stretch of the log, and room for the next one.
    package func dropBuffers() {
        environment.recent.forgetAll()
        environment.pool.drain()
    }

    /// Gives `body` the record at a position that an append returned, read from disk and checked.
    ///
    /// - Parameter expectedBytes: the payload's size, where it is known: one read is enough then.
    /// - Throws: ``JournalError/Code/retired``, ``JournalError/Code/notWritten`` for what is only in memory yet, or
    ///   ``JournalError/Code/corruptSegment``.
    package func read<Result>(
        at position: JournalPosition,
        expecting expectedBytes: Int = 4096,
        _ body: (JournalRecord) -> Result
    ) throws(JournalError) -> Result {
        let end = written.load(ordering: .acquiring)
        guard position < end else { throw notWritten(position) }
        guard let (extent, file) = try segments.segment(containing: position) else {
            throw .retired(position, directory: configuration.directory)
        }
        let offset = extent.offset(of: position)
        var size = RecordFormat.recordBytes(payload: expectedBytes)
        while true {
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
            defer { buffer.deallocate() }
            try file.read(into: buffer, at: offset)
            let bytes = UnsafeRawBufferPointer(buffer)
            guard let base = bytes.baseAddress, let header = environment.format.header(at: base, position: position),
                UInt64(header.recordBytes) <= extent.end - position
            else { throw damaged("no record begins here", file, offset) }
            guard header.recordBytes <= size else {
                size = header.recordBytes
                continue
            }
            let start = RecordFormat.headerBytes
            let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + header.payloadBytes)])
            guard header.matches(payload) else { throw damaged("the record's payload is wrong", file, offset) }
            guard RecordFormat.callerKinds.contains(header.kind) else {
                throw damaged("what began here was given up by a repair", file, offset)
            }
            return body(JournalRecord(position: position, kind: header.kind, payload: payload))
        }
    }

    private func damaged(_ what: String, _ file: JournalFile, _ offset: UInt64) -> JournalError {
        .corruptSegment(what, path: file.path, offset: offset)
    }

    private func notWritten(_ position: JournalPosition) -> JournalError {
        JournalError(
            .notWritten,
            "position \(position) is not written yet",
            path: configuration.directory,
            remedy: "keep the chunk that the append returned until the position is durable"
        )
    }
}
