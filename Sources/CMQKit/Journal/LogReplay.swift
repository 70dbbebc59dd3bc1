/// Goes through the log from a position to its end and tells a torn end from a damaged middle.
struct LogReplay {
    let segments: [JournalRecovery.Segment]
    let format: RecordFormat
    private let layout: JournalLayout
    /// The segment being read.
    private(set) var index: Int
    /// Everything before this is known to be on disk, not only in the page cache.
    private(set) var provenThrough: JournalPosition
    /// How far records reach that had begun behind the end; meaningful once the end is reached.
    private(set) var tornThrough: JournalPosition = 0
    private var scanner: SegmentScanner

    /// - Precondition: some segment contains `start`.
    init(
        segments: [JournalRecovery.Segment],
        format: RecordFormat,
        layout: JournalLayout,
        start: JournalPosition
    ) {
        self.segments = segments
        self.format = format
        self.layout = layout
        index = segments.firstIndex { $0.extent.contains(start) } ?? segments.count - 1
        provenThrough = start
        scanner = SegmentScanner(segments[index].file, segments[index].extent, format: format, from: start)
    }

    /// Where the next record is looked for; the end of the log once ``next()`` has returned nil.
    var position: JournalPosition { scanner.position }

    /// The caller's next record; nil at the end of the log.
    mutating func next() throws(JournalError) -> JournalRecord? {
        while true {
            switch try scanner.next(limit: .max) {
            case .record(let record):
                // The segment before was synced before this one got its first record.
                provenThrough = max(provenThrough, scanner.extent.base)
                return record
            case .mark(let durableThrough):
                provenThrough = max(provenThrough, scanner.extent.base, durableThrough)
            case .lost:
                continue
            case .end:
                try advance()
            case .invalid(let defect):
                try finish(defect)
                return nil
            case .exhausted:
                throw .corruptSegment(
                    "the segment is full and has no end record",
                    path: scanner.file.path,
                    offset: scanner.extent.fileBytes
                )
            }
        }
    }

    private mutating func advance() throws(JournalError) {
        let end = scanner.extent.end
        guard index + 1 < segments.count, segments[index + 1].extent.base == end else {
            throw .missingSegment(from: end, path: layout.segment(end))
        }
        index += 1
        scanner = SegmentScanner(segments[index].file, segments[index].extent, format: format, from: end)
    }

    private mutating func finish(_ defect: SegmentScanner.Defect) throws(JournalError) {
        switch try LogTail.classify(scanner, later: segments[(index + 1)...]) {
        case .torn(let through):
            tornThrough = through
        case .damaged:
            throw .corruptSegment(
                "\(defect.description), and later records prove that it was complete",
                path: scanner.file.path,
                offset: scanner.extent.offset(of: position)
            )
        }
    }
}
