/// Reads the records of one segment in sequence through a large buffer.
struct SegmentScanner {
    enum Step {
        case record(JournalRecord)
        /// A sync mark: all before this position was synced when it was written.
        case mark(durableThrough: JournalPosition)
        /// What a repair gave up; nothing for a reader.
        case lost
        /// The segment's end record.
        case end
        /// No intact record begins here.
        case invalid(Defect)
        /// The limit is reached.
        case exhausted
    }

    enum Defect {
        case header
        /// The header is right, so that its length can be trusted.
        case payload(RecordHeader)

        var description: String {
            switch self {
            case .header: "the record's header is missing or has a wrong checksum"
            case .payload: "the record's payload has a wrong checksum"
            }
        }
    }

    let file: JournalFile
    let extent: SegmentExtent
    let format: RecordFormat
    /// Where the next record begins.
    private(set) var position: JournalPosition
    private var window: ScanWindow

    init(_ file: JournalFile, _ extent: SegmentExtent, format: RecordFormat, from position: JournalPosition) {
        self.file = file
        self.extent = extent
        self.format = format
        self.position = position
        window = ScanWindow()
    }

    /// Reads on, up to `limit`, behind which the bytes may still change. An invalid record does not move the
    /// position. The record's payload is valid until the next call.
    mutating func next(limit: JournalPosition) throws(JournalError) -> Step {
        let limit = min(limit, extent.end)
        guard position < limit else { return .exhausted }
        guard
            let bytes = try window.bytes(
                RecordFormat.headerBytes,
                at: position,
                limit: limit,
                file: file,
                extent: extent
            ),
            let base = bytes.baseAddress,
            let header = format.header(at: base, position: position),
            let record = try window.bytes(header.recordBytes, at: position, limit: limit, file: file, extent: extent)
        else { return .invalid(.header) }
        let payload = UnsafeRawBufferPointer(
            rebasing: record[RecordFormat.headerBytes..<(RecordFormat.headerBytes + header.payloadBytes)]
        )
        guard header.matches(payload) else { return .invalid(.payload(header)) }
        switch header.kind {
        case RecordFormat.endKind:
            return .end
        case RecordFormat.lostKind:
            position += UInt64(header.recordBytes)
            return .lost
        case RecordFormat.markKind where header.payloadBytes == RecordFormat.markPayloadBytes:
            position += UInt64(header.recordBytes)
            return .mark(durableThrough: payload.integer(at: 0))
        default:
            let start = position
            position += UInt64(header.recordBytes)
            return .record(JournalRecord(position: start, kind: header.kind, payload: payload))
        }
    }

    /// Goes on behind a record whose payload is damaged, for tools that show what is left.
    mutating func skip(_ header: RecordHeader) {
        position += UInt64(header.recordBytes)
    }

    /// Forgets what was read ahead, so that the next step sees what the file holds now.
    mutating func reload() {
        window = ScanWindow()
    }
}

/// What a scanner has in memory.
private struct ScanWindow {
    private var buffer = ScanBuffer(count: 0)
    private var start: JournalPosition = 0
    private var count = 0

    /// `wanted` bytes at `position`; nil where they would reach beyond `limit`.
    mutating func bytes(
        _ wanted: Int,
        at position: JournalPosition,
        limit: JournalPosition,
        file: JournalFile,
        extent: SegmentExtent
    ) throws(JournalError) -> UnsafeRawBufferPointer? {
        guard UInt64(wanted) <= limit - position else { return nil }
        if position < start || position + UInt64(wanted) > start + UInt64(count) {
            // Whole pages, so that they may be read past the page cache; what lies behind the limit is not looked at.
            let offset = extent.offset(of: position)
            let lead = Int(offset % UInt64(JournalFormat.pageBytes))
            let size = lead + Int(min(UInt64(max(wanted, JournalFormat.transferBytes)), limit - position))
            let whole = JournalFormat.wholePages(size)
            if buffer.memory.count < whole { buffer = ScanBuffer(count: whole) }
            count = 0
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer.memory[..<whole])
            try file.read(into: target, at: offset - UInt64(lead))
            start = position - UInt64(lead)
            count = size
        }
        let offset = Int(position - start)
        return UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer.memory)[offset..<(offset + wanted)])
    }
}

private final class ScanBuffer {
    let memory: UnsafeMutableRawBufferPointer

    init(count: Int) {
        memory = .allocate(byteCount: count, alignment: JournalFormat.pageBytes)
    }

    deinit {
        memory.deallocate()
    }
}
