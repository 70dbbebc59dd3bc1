/// Reads a journal's directory from the newest checkpoint to the end of the log and makes that end a clean one.
struct JournalRecovery {
    typealias Segment = (extent: SegmentExtent, file: JournalFile)

    /// What a journal goes on with.
    struct Result {
        var journalID: JournalID
        var extents: [SegmentExtent]
        var checkpoints: [JournalPosition]
        var spares: [UInt64]
        /// The end of the last record that was read, and how far sync marks vouch for the log.
        var recordsEnd: JournalPosition
        var markedThrough: JournalPosition
        var report: RecoveryReport
    }

    let layout: JournalLayout
    let segmentBytes: Int
    let fileSystem: any JournalFileSystem

    /// - Returns: nil where no journal exists yet.
    func run(
        onCheckpoint: (JournalCheckpoint) throws -> Void,
        onRecord: (JournalRecord) throws -> Void
    ) throws(JournalError) -> Result? {
        let content = try layout.content(in: fileSystem)
        for path in content.temporaries { try fileSystem.remove(path) }
        guard content.hasIdentity || !content.segments.isEmpty || !content.checkpoints.isEmpty else { return nil }
        var segments: [Segment] = []
        let journalID = try identify(content, segments: &segments)
        var report = RecoveryReport()
        let start = try RecoveryStart.choose(
            content,
            journalID: journalID,
            extents: segments.map(\.extent),
            layout: layout,
            in: fileSystem
        )
        report.skippedCheckpoints = start.skipped
        if let checkpoint = start.checkpoint {
            report.checkpointPosition = checkpoint.position
            do {
                try onCheckpoint(checkpoint)
            } catch let error as JournalError {
                // The checkpoint is read while it is handed over: this is the disk's failure, not the caller's.
                throw error
            } catch {
                throw rejected(error, path: layout.checkpoint(checkpoint.position), offset: 0)
            }
        }
        var log = LogReplay(
            segments: segments,
            format: RecordFormat(journalID),
            layout: layout,
            start: start.position
        )
        let (count, recordsEnd) = try replay(&log, onRecord)
        report.recordCount = count
        try LogRepair(log: log, fileSystem: fileSystem).run()
        // A predecessor that ended between a rename and its sync left names that only the kernel knows: what is
        // written under them from now on would be lost with them.
        try fileSystem.syncDirectory(layout.directory)
        let last = log.segments[log.index]
        report.endPosition = log.position
        report.droppedBytes = log.tornThrough - log.position
        report.endPath = last.file.path
        report.endOffset = last.extent.offset(of: log.position)
        let extents = log.segments[...log.index].map(\.extent)
        report.segments = extents.map { JournalSegmentInfo(basePosition: $0.base, endPosition: $0.end) }
        return Result(
            journalID: journalID,
            extents: extents,
            checkpoints: start.checkpoint.map { [$0.position] } ?? [],
            spares: try usableSpares(content.spares),
            recordsEnd: recordsEnd,
            markedThrough: log.provenThrough,
            report: report
        )
    }

    /// Those of some segments in order that reach into the one before. No writer makes them, wherever in the log:
    /// somebody put a file there.
    static func overlapping(_ segments: [Segment]) -> [JournalFile] {
        zip(segments, segments.dropFirst()).compactMap { $1.extent.base < $0.extent.end ? $1.file : nil }
    }

    /// Opens all segments and makes sure that everything belongs to one journal.
    private func identify(
        _ content: JournalLayout.Content,
        segments: inout [Segment]
    ) throws(JournalError) -> JournalID {
        var journalID = content.hasIdentity ? try JournalIdentity.read(layout.identity, in: fileSystem) : nil
        for base in content.segments {
            let file = try JournalFile(layout.segment(base), .readWrite, in: fileSystem)
            let header = try SegmentHeader.read(from: file, base: base)
            guard header.journalID == journalID ?? header.journalID else { throw .foreign(path: file.path) }
            journalID = header.journalID
            segments.append((header.extent, file))
        }
        if let file = Self.overlapping(segments).first { throw .overlappingSegment(path: file.path) }
        guard let journalID, !segments.isEmpty else {
            throw .missingSegment(from: content.checkpoints.last ?? 0, path: layout.directory)
        }
        if !content.hasIdentity { try JournalIdentity.write(journalID, layout: layout, in: fileSystem) }
        return journalID
    }

    private func replay(
        _ log: inout LogReplay,
        _ onRecord: (JournalRecord) throws -> Void
    ) throws(JournalError) -> (count: Int, end: JournalPosition) {
        var count = 0
        var end = log.position
        while let record = try log.next() {
            do {
                try onRecord(record)
            } catch {
                let segment = log.segments[log.index]
                throw rejected(error, path: segment.file.path, offset: segment.extent.offset(of: record.position))
            }
            count += 1
            end = record.nextPosition
        }
        return (count, end)
    }

    private func usableSpares(_ numbers: [UInt64]) throws(JournalError) -> [UInt64] {
        var usable: [UInt64] = []
        for number in numbers {
            let path = layout.spare(number)
            let size = try JournalFile(path, .read, in: fileSystem).size()
            if size == SegmentExtent(base: 0, capacity: UInt64(segmentBytes)).fileBytes {
                usable.append(number)
            } else {
                try fileSystem.remove(path)
            }
        }
        return usable
    }

    private func rejected(_ error: any Error, path: String, offset: UInt64) -> JournalError {
        JournalError(
            .rejectedByCaller,
            "what the journal holds was not accepted",
            path: path,
            offset: offset,
            remedy: "use the program version that wrote the journal; nothing was changed",
            cause: error
        )
    }
}
