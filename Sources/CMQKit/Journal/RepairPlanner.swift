/// Looks at everything in a journal's directory and decides what a repair changes.
struct RepairPlanner {
    /// How much of a damaged stretch is kept for those who want to know what it was.
    private static let remainsMax = 1 << 20

    let layout: JournalLayout
    let fileSystem: any JournalFileSystem

    private(set) var journalID: JournalID?
    private(set) var steps: [RepairStep] = []
    private(set) var losses: [JournalLoss] = []
    private var segments: [JournalRecovery.Segment] = []
    private var damagedCheckpoints: [String] = []

    init(layout: JournalLayout, fileSystem: any JournalFileSystem) {
        self.layout = layout
        self.fileSystem = fileSystem
    }

    mutating func plan(_ content: JournalLayout.Content) throws(JournalError) {
        try readIdentity(content)
        try readHeaders(content.segments)
        guard let journalID else {
            throw .beyondRepair("no file says which journal this is", path: layout.directory)
        }
        if let file = JournalRecovery.overlapping(segments).first {
            throw .beyondRepair("two segments hold the same positions", path: file.path)
        }
        let start = try chooseStart(content.checkpoints, journalID)
        try closeGaps(from: start)
        for index in segments.indices { try examine(index, RecordFormat(journalID)) }
    }

    private mutating func readIdentity(_ content: JournalLayout.Content) throws(JournalError) {
        guard content.hasIdentity else { return }
        do throws(JournalError) {
            journalID = try JournalIdentity.read(layout.identity, in: fileSystem)
        } catch {
            guard error.code == .corruptIdentity else { throw error }
            // A start makes it anew from the segments.
            steps.append(.delete(layout.identity))
        }
    }

    private mutating func readHeaders(_ bases: [JournalPosition]) throws(JournalError) {
        var damaged: [JournalPosition] = []
        for base in bases {
            let file = try JournalFile(layout.segment(base), .read, in: fileSystem)
            do throws(JournalError) {
                let header = try SegmentHeader.read(from: file, base: base)
                guard header.journalID == journalID ?? header.journalID else { throw .foreign(path: file.path) }
                journalID = header.journalID
                segments.append((header.extent, file))
            } catch {
                guard error.code == .corruptSegment else { throw error }
                damaged.append(base)
            }
        }
        for base in damaged {
            let file = try JournalFile(layout.segment(base), .read, in: fileSystem)
            let next = bases.first { $0 > base } ?? .max
            let size = try file.size()
            var extent = SegmentExtent(base: base, capacity: size - min(size, UInt64(SegmentHeader.bytes)))
            // A file that was cut short reaches to the next one.
            if extent.end > next || (next < .max && extent.capacity % 8 != 0) { extent.capacity = next - base }
            guard extent.capacity >= UInt64(RecordFormat.endBytes), extent.capacity % 8 == 0 else {
                throw .beyondRepair("nobody can tell how long the segment was", path: file.path)
            }
            segments.append((extent, file))
            steps.append(.writeHeader(extent))
        }
        segments.sort { $0.extent.base < $1.extent.base }
    }

    /// Where a start will begin to read. What a lost checkpoint said of segments that are gone cannot be made up.
    private mutating func chooseStart(
        _ checkpoints: [JournalPosition],
        _ journalID: JournalID
    ) throws(JournalError) -> JournalPosition {
        for position in checkpoints.reversed() {
            let path = layout.checkpoint(position)
            do throws(JournalError) {
                let checkpoint = try JournalCheckpoint(path, position: position, in: fileSystem)
                guard checkpoint.journalID == journalID else { throw .foreign(path: path) }
                return position
            } catch {
                guard error.code == .corruptCheckpoint else { throw error }
                damagedCheckpoints.append(path)
                steps.append(.delete(path))
            }
        }
        guard segments.first?.extent.base == 0 else {
            let path = damagedCheckpoints.first ?? layout.segment(0)
            throw .beyondRepair("the beginning of the log is gone, and no intact checkpoint stands for it", path: path)
        }
        return 0
    }

    private mutating func closeGaps(from start: JournalPosition) throws(JournalError) {
        var expected = start
        for (extent, file) in segments where extent.end > start {
            if extent.base > expected {
                // It may have been retired on the word of that checkpoint: then what was settled would come back.
                if let path = damagedCheckpoints.first {
                    throw .beyondRepair("segments are gone that a damaged checkpoint may stand for", path: path)
                }
                let missing = SegmentExtent(base: expected, capacity: extent.base - expected)
                guard missing.capacity >= 2 * UInt64(RecordFormat.endBytes), missing.capacity % 8 == 0 else {
                    throw .beyondRepair("the gap before the segment is too small for one", path: file.path)
                }
                steps.append(.makeLost(missing))
                lose(.segment, missing, from: missing.base, to: missing.end)
            }
            expected = extent.end
        }
        guard let last = segments.last?.extent, last.end <= start else { return }
        makeEnd(SegmentExtent(base: start, capacity: last.capacity))
    }

    private mutating func makeEnd(_ extent: SegmentExtent) {
        steps.append(.makeEmpty(extent))
        lose(.end, extent, from: extent.base, to: extent.base)
    }

    private mutating func examine(_ index: Int, _ format: RecordFormat) throws(JournalError) {
        let (extent, file) = segments[index]
        var scanner = SegmentScanner(file, extent, format: format, from: extent.base)
        while true {
            switch try scanner.next(limit: .max) {
            case .record, .mark, .lost: continue
            case .exhausted: throw .beyondRepair("the segment is full and has no end record", path: file.path)
            case .end:
                let isMadeAlready = steps.contains { if case .makeEmpty = $0 { true } else { false } }
                if index + 1 == segments.count, !isMadeAlready {
                    makeEnd(SegmentExtent(base: extent.end, capacity: extent.capacity))
                }
                return
            case .invalid(let defect):
                if case .torn = try LogTail.classify(scanner, later: segments[(index + 1)...]) { return }
                let start = scanner.position
                guard let next = try next(behind: defect, scanner, format) else {
                    steps.append(.end(extent, at: start))
                    lose(.stretch, extent, from: start, to: extent.end)
                    return
                }
                steps.append(.giveUp(extent, from: start, to: next))
                var what = JournalLoss.Extent.stretch
                if case .payload(let header) = defect { what = .record(kind: header.kind) }
                lose(what, extent, from: start, to: next)
                try keepRemains(of: file, extent, from: start, to: next)
                scanner = SegmentScanner(file, extent, format: format, from: next)
            }
        }
    }

    /// Where the next record begins whose header is intact.
    private func next(
        behind defect: SegmentScanner.Defect,
        _ scanner: SegmentScanner,
        _ format: RecordFormat
    ) throws(JournalError) -> JournalPosition? {
        if case .payload(let header) = defect { return scanner.position + UInt64(header.recordBytes) }
        let from = scanner.position + UInt64(RecordFormat.headerBytes)
        guard from < scanner.extent.end else { return nil }
        return try TailSearch(scanner.file, scanner.extent, format: format, from: from).firstRecord
    }

    private mutating func lose(
        _ what: JournalLoss.Extent,
        _ extent: SegmentExtent,
        from start: JournalPosition,
        to end: JournalPosition
    ) {
        losses.append(
            JournalLoss(
                extent: what,
                path: layout.segment(extent.base),
                offset: extent.offset(of: start),
                position: start,
                bytes: end - start
            )
        )
    }

    private mutating func keepRemains(
        of file: JournalFile,
        _ extent: SegmentExtent,
        from start: JournalPosition,
        to end: JournalPosition
    ) throws(JournalError) {
        let count = Int(min(end - start, UInt64(Self.remainsMax)))
        let bytes = try withZeroedBytes(count) { (buffer) throws(JournalError) in
            try file.read(into: buffer, at: extent.offset(of: start))
            return [UInt8](buffer)
        }
        let length = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16 | Int(bytes[3]) << 24
        let rest = bytes.dropFirst(RecordFormat.headerBytes)
        losses[losses.count - 1].kind = bytes[4]
        losses[losses.count - 1].remains = Array(length <= rest.count ? rest.prefix(length) : rest)
    }
}
