/// Reads the durable records of a journal in sequence, on any one thread, while it is written.
package final class JournalReader {
    private let journal: Journal
    private var scanner: SegmentScanner?
    /// The segment that is read: a file that somebody holds is not recycled.
    private var held: JournalFile?
    /// What the last record lies in, where it was still in memory.
    private var chunk: JournalChunk?
    /// Where reading goes on: behind the last record returned. Store it to continue another time.
    package private(set) var position: JournalPosition

    /// - Parameter position: 0, or the `nextPosition` of a record.
    package init(_ journal: Journal, from position: JournalPosition) {
        self.journal = journal
        self.position = position
    }

    /// The next record, valid until the next call; nil when all that is durable was read.
    ///
    /// - Throws: ``JournalError/Code/retired`` when the segment to be read was given up meanwhile, or
    ///   ``JournalError/Code/corruptSegment``.
    package func next() throws(JournalError) -> JournalRecord? {
        while true {
            let limit = journal.durableThrough
            guard position < limit else { return nil }
            if let recent = nextInMemory() {
                if let record = recent { return record }
                continue
            }
            var scanner: SegmentScanner
            if let current = self.scanner { scanner = current } else { scanner = try open(position) }
            self.scanner = nil
            let step = try scanner.next(limit: limit)
            position = scanner.position
            switch step {
            case .record(let record):
                self.scanner = scanner
                return record
            case .mark, .lost:
                self.scanner = scanner
            case .end:
                position = scanner.extent.end
            case .exhausted:
                self.scanner = scanner
                return nil
            case .invalid(let defect):
                throw .corruptSegment(
                    defect.description,
                    path: scanner.file.path,
                    offset: scanner.extent.offset(of: position)
                )
            }
        }
    }

    /// The next step, where the newest log has it; its record is the caller's or nobody's. Nil leaves it to the disk.
    private func nextInMemory() -> JournalRecord?? {
        if chunk?.contains(position) != true { chunk = journal.environment.recent.chunk(at: position) }
        guard let chunk, let record = chunk.withRecord(at: position, \.self) else { return nil }
        // A file that is held for nothing could not be recycled.
        (scanner, held) = (nil, nil)
        guard record.kind != RecordFormat.endKind else {
            guard let end = journal.segmentInfo(containing: position)?.endPosition else { return nil }
            position = end
            return .some(nil)
        }
        position = record.nextPosition
        return .some(RecordFormat.callerKinds.contains(record.kind) ? record : nil)
    }

    private func open(_ position: JournalPosition) throws(JournalError) -> SegmentScanner {
        guard let (extent, file) = try journal.segments.segment(containing: position) else {
            throw .retired(position, directory: journal.configuration.directory)
        }
        held = file
        // What is read once is not wanted in the page cache. The file may be deleted by now, as nobody needs it: then it
        // is the one that is open already.
        let uncached = try? JournalFile(file.path, .readUncached, in: journal.fileSystem)
        return SegmentScanner(uncached ?? file, extent, format: journal.environment.format, from: position)
    }
}
