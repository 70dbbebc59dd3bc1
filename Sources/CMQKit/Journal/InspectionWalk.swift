/// One pass of the inspector over all segments. The broker may go on writing, closing and retiring them meanwhile,
/// so whatever looks wrong is looked at twice.
struct InspectionWalk {
    let inspector: JournalInspector
    /// Entries before this are checked but not shown.
    let start: JournalPosition
    var journalID: JournalID?
    var verification = JournalVerification()

    /// A gap that is there after so many looks is one.
    private static let looksMax = 10

    private var segments: [JournalRecovery.Segment] = []
    private var isStopped = false
    /// Whether the log passes where a start would begin.
    private var meetsCheckpoint = false

    private var layout: JournalLayout { inspector.layout }
    private var fileSystem: any JournalFileSystem { inspector.fileSystem }

    init(inspector: JournalInspector, start: JournalPosition) {
        self.inspector = inspector
        self.start = start
    }

    mutating func run(_ visit: (JournalEntry) -> Bool) throws(JournalError) {
        let earlier = verification.problems
        try list()
        // Names that come while a directory is read may be in the list or not, in any order.
        for _ in 0..<Self.looksMax where !gaps.isEmpty || endsEarly {
            verification.problems = earlier
            segments = []
            try list()
        }
        for position in gaps { reportMissing(position) }
        verification.problems += JournalRecovery.overlapping(segments).map { .overlappingSegment(path: $0.path) }
        var index = 0
        while index < segments.count, !isStopped {
            if segments[index].extent.end > start {
                let isFinished = try scan(index, visit)
                checkCheckpoint(in: segments[index].extent)
                if isFinished, index + 1 == segments.count { try followSuccessor(of: segments[index].extent) }
            }
            index += 1
        }
        if !isStopped { checkEnd() }
    }

    private mutating func list() throws(JournalError) {
        verification.segments = try inspector.segments()
        for summary in verification.segments {
            if let problem = summary.problem {
                verification.problems.append(problem)
            } else {
                try open(summary.basePosition)
            }
        }
        // After the segments: one that was retired meanwhile lies before a checkpoint that is there by now.
        verification.checkpoints = try inspector.checkpoints()
        verification.problems += verification.checkpoints.compactMap(\.problem)
    }

    private mutating func open(_ base: JournalPosition) throws(JournalError) {
        do throws(JournalError) {
            let file = try JournalFile(layout.segment(base), .read, in: fileSystem)
            let header = try SegmentHeader.read(from: file, base: base)
            guard header.journalID == journalID ?? header.journalID else {
                verification.problems.append(.foreign(path: file.path))
                return
            }
            journalID = header.journalID
            segments.append((header.extent, file))
        } catch {
            guard error.isMissingFile else { throw error }
        }
    }

    /// Where a start would begin to read.
    private var covered: JournalPosition {
        verification.checkpoints.last { $0.problem == nil }?.position ?? 0
    }

    /// Where segments are missing. Retired ones leave gaps, but only before the newest checkpoint.
    private var gaps: [JournalPosition] {
        var expected: JournalPosition = 0
        var gaps: [JournalPosition] = []
        for (extent, _) in segments {
            let missing = max(expected, covered)
            if extent.base > missing { gaps.append(missing) }
            expected = extent.end
        }
        return gaps
    }

    /// Whether the segments end before the newest checkpoint.
    private var endsEarly: Bool { segments.last?.extent.end ?? 0 <= covered }

    /// A start reads on from the newest checkpoint and takes its word for where a record begins.
    private mutating func checkCheckpoint(in extent: SegmentExtent) {
        guard extent.contains(covered), !meetsCheckpoint, !isStopped, isPresent(extent.base),
            !verification.problems.contains(where: { $0.code == .corruptSegment })
        else { return }
        let what = "no record begins at its position"
        verification.problems.append(.corruptCheckpoint(what, path: layout.checkpoint(covered), offset: 16))
    }

    private mutating func checkEnd() {
        guard endsEarly else { return }
        // One that was retired while it was read had a successor, which nobody has looked at.
        if let last = segments.last, !isPresent(last.extent.base) { return }
        reportMissing(covered)
    }

    private mutating func reportMissing(_ position: JournalPosition) {
        // A segment whose header is damaged was named already; it is no gap on top of that.
        guard !verification.segments.contains(where: { $0.problem != nil }) else { return }
        verification.problems.append(.missingSegment(from: position, path: layout.segment(position)))
    }

    /// - Returns: whether the segment ends with its end record.
    private mutating func scan(_ index: Int, _ visit: (JournalEntry) -> Bool) throws(JournalError) -> Bool {
        guard let journalID else { return false }
        let (extent, file) = segments[index]
        var scanner = SegmentScanner(file, extent, format: RecordFormat(journalID), from: extent.base)
        var isSecondLook = false
        let covered = covered
        while !isStopped {
            let position = scanner.position
            if position == covered { meetsCheckpoint = true }
            let step = try scanner.next(limit: .max)
            switch step {
            case .record(let record):
                verification.recordCount += 1
                verification.payloadBytes += UInt64(record.payload.count)
                show(.record, position, record.kind, record.payload, scanner, visit)
            case .mark(let durableThrough):
                verification.provenThrough = max(verification.provenThrough, durableThrough)
                let role = JournalEntry.Role.syncMark(durableThrough: durableThrough)
                show(role, position, RecordFormat.markKind, nil, scanner, visit)
            case .lost:
                verification.lostCount += 1
                show(.lost, position, RecordFormat.lostKind, nil, scanner, visit)
            case .end:
                show(.segmentEnd, position, RecordFormat.endKind, nil, scanner, visit)
                return true
            case .exhausted:
                report("the segment is full and has no end record", scanner)
                return false
            case .invalid(let defect):
                let tail = try LogTail.classify(scanner, later: segments[(index + 1)...])
                if case .damaged = tail, !isSecondLook {
                    // It may have been written between the two reads.
                    isSecondLook = true
                    scanner.reload()
                    continue
                }
                guard try handle(defect, tail, &scanner, visit) else { return false }
            }
            verification.endPosition = scanner.position
            isSecondLook = false
        }
        return false
    }

    /// - Returns: whether there is something behind the defect to go on with.
    private mutating func handle(
        _ defect: SegmentScanner.Defect,
        _ tail: LogTail,
        _ scanner: inout SegmentScanner,
        _ visit: (JournalEntry) -> Bool
    ) throws(JournalError) -> Bool {
        guard isPresent(scanner.extent.base) else { return false }
        if case .torn(let through) = tail {
            verification.endPosition = scanner.position
            verification.tornBytes = through - scanner.position
            return false
        }
        report("\(defect.description), and later records prove that it was complete", scanner)
        guard case .payload(let header) = defect else { return false }
        show(.record, scanner.position, header.kind, nil, scanner, visit, damagedBytes: header.payloadBytes)
        scanner.skip(header)
        return true
    }

    private mutating func report(_ what: String, _ scanner: SegmentScanner) {
        let offset = scanner.extent.offset(of: scanner.position)
        verification.problems.append(.corruptSegment(what, path: scanner.file.path, offset: offset))
    }

    private mutating func show(
        _ role: JournalEntry.Role,
        _ position: JournalPosition,
        _ kind: UInt8,
        _ payload: UnsafeRawBufferPointer?,
        _ scanner: SegmentScanner,
        _ visit: (JournalEntry) -> Bool,
        damagedBytes: Int? = nil
    ) {
        guard position >= start else { return }
        let isMark = kind == RecordFormat.markKind
        let payload = payload ?? UnsafeRawBufferPointer(start: nil, count: 0)
        let entry = JournalEntry(
            role: role,
            position: position,
            kind: kind,
            payloadBytes: damagedBytes ?? (isMark ? RecordFormat.markPayloadBytes : payload.count),
            payload: payload,
            isIntact: damagedBytes == nil,
            path: scanner.file.path,
            offset: scanner.extent.offset(of: position)
        )
        if !visit(entry) { isStopped = true }
    }

    /// A finished segment has a successor; it may be younger than the list of segments.
    private mutating func followSuccessor(of extent: SegmentExtent) throws(JournalError) {
        verification.endPosition = extent.end
        // One whose header is damaged was named already.
        guard !verification.segments.contains(where: { $0.basePosition == extent.end && $0.problem != nil }) else {
            return
        }
        let count = segments.count
        try open(extent.end)
        if segments.count == count, isPresent(extent.base) {
            verification.problems.append(.missingSegment(from: extent.end, path: layout.segment(extent.end)))
        } else if let file = segments.last?.file, segments.count > count {
            verification.segments.append(
                JournalSegmentSummary(
                    path: file.path,
                    basePosition: extent.end,
                    endPosition: segments[count].extent.end,
                    fileBytes: segments[count].extent.fileBytes
                )
            )
        }
    }

    /// Whether the segment was not retired since it was opened: its file may then hold something else.
    private func isPresent(_ base: JournalPosition) -> Bool {
        (try? JournalFile(layout.segment(base), .read, in: fileSystem)) != nil
    }
}
