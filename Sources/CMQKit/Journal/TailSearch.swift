/// What lies behind the first invalid record of a segment.
struct TailSearch {
    /// Where the furthest record ends whose header is intact. Without one, where the bytes end that are not zero, in
    /// the page of the searched position: a write leaves zeros there, so something had begun.
    private(set) var furthestEnd: JournalPosition
    /// The highest durability that a sync mark claims.
    private(set) var provenThrough: JournalPosition = 0
    /// Where the first record with an intact header lies.
    private(set) var firstRecord: JournalPosition?

    /// Looks for records at each eighth byte from `position` to the segment's end.
    init(
        _ file: JournalFile,
        _ extent: SegmentExtent,
        format: RecordFormat,
        from position: JournalPosition
    ) throws(JournalError) {
        furthestEnd = position
        let overlap = RecordFormat.markBytes
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(min(UInt64(JournalFormat.transferBytes + overlap), extent.end - position)),
            alignment: 16
        )
        defer { buffer.deallocate() }
        var windowStart = position
        while windowStart < extent.end {
            let count = Int(min(UInt64(buffer.count), extent.end - windowStart))
            let window = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            let available = try file.read(into: window, at: extent.offset(of: windowStart))
            let starts = min(count - RecordFormat.headerBytes, JournalFormat.transferBytes - RecordFormat.alignment)
            for offset in stride(from: 0, through: starts, by: RecordFormat.alignment) {
                examine(UnsafeRawBufferPointer(window), offset, at: windowStart + UInt64(offset), extent, format)
            }
            if windowStart == position, firstRecord == nil {
                furthestEnd += UInt64(Self.begun(UnsafeRawBufferPointer(window), at: extent.offset(of: position)))
            }
            // Behind the end of a file that was cut short there is nothing.
            if available < count { break }
            windowStart += UInt64(JournalFormat.transferBytes)
        }
    }

    /// How many bytes, in whole words, up to the last one in the page of `offset` that is not zero.
    private static func begun(_ window: UnsafeRawBufferPointer, at offset: UInt64) -> Int {
        let pageBytes = JournalFormat.pageBytes
        let rest = (pageBytes - Int(offset % UInt64(pageBytes))) % pageBytes
        let last = window.prefix(rest).lastIndex { $0 != 0 } ?? -1
        return (last + RecordFormat.alignment) / RecordFormat.alignment * RecordFormat.alignment
    }

    private mutating func examine(
        _ window: UnsafeRawBufferPointer,
        _ offset: Int,
        at position: JournalPosition,
        _ extent: SegmentExtent,
        _ format: RecordFormat
    ) {
        guard let base = window.baseAddress, let header = format.header(at: base + offset, position: position) else {
            return
        }
        firstRecord = firstRecord ?? position
        furthestEnd = max(furthestEnd, min(position + UInt64(header.recordBytes), extent.end))
        guard header.kind == RecordFormat.markKind, header.payloadBytes == RecordFormat.markPayloadBytes,
            offset + RecordFormat.markBytes <= window.count
        else { return }
        let start = offset + RecordFormat.headerBytes
        let payload = UnsafeRawBufferPointer(rebasing: window[start..<(start + RecordFormat.markPayloadBytes)])
        if header.matches(payload) { provenThrough = max(provenThrough, payload.integer(at: 0)) }
    }
}

/// Whether a log that stops being readable was torn by a crash or damaged later.
enum LogTail {
    /// Only what was never reported durable is lost; records begin up to this position.
    case torn(through: JournalPosition)
    /// More was durable than can be read.
    case damaged

    /// - Parameter later: the segments behind this one, in order.
    static func classify(
        _ scanner: SegmentScanner,
        later: ArraySlice<(extent: SegmentExtent, file: JournalFile)>
    ) throws(JournalError) -> LogTail {
        let search = try TailSearch(scanner.file, scanner.extent, format: scanner.format, from: scanner.position)
        if search.provenThrough > scanner.position { return .damaged }
        // A segment gets its first record only after the one before it was synced, and its successor only
        // together with its own last record.
        if later.count > 1 { return .damaged }
        if let next = later.first, next.extent.base != scanner.extent.end { return .damaged }
        for (extent, file) in later {
            let found = try TailSearch(file, extent, format: scanner.format, from: extent.base).firstRecord
            if found != nil { return .damaged }
        }
        return .torn(through: search.furthestEnd)
    }
}
