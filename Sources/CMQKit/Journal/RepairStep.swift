/// One change of a repair. Each may be repeated.
enum RepairStep {
    case writeHeader(SegmentExtent)
    /// Lets one record that says that something was lost stand for a stretch.
    case giveUp(SegmentExtent, from: JournalPosition, to: JournalPosition)
    /// Lets the rest of the segment be unused.
    case end(SegmentExtent, at: JournalPosition)
    /// Makes a segment in which all is lost.
    case makeLost(SegmentExtent)
    /// Makes a segment that a start goes on with.
    case makeEmpty(SegmentExtent)
    case delete(String)

    func path(in layout: JournalLayout) -> String {
        switch self {
        case .writeHeader(let extent), .giveUp(let extent, _, _), .end(let extent, _), .makeLost(let extent),
            .makeEmpty(let extent):
            layout.segment(extent.base)
        case .delete(let path): path
        }
    }

    func apply(
        _ journalID: JournalID,
        layout: JournalLayout,
        in fileSystem: any JournalFileSystem
    ) throws(JournalError) {
        let format = RecordFormat(journalID)
        switch self {
        case .writeHeader(let extent):
            let file = try JournalFile(layout.segment(extent.base), .readWrite, in: fileSystem)
            try file.allocate(bytes: extent.fileBytes)
            try SegmentHeader(extent: extent, journalID: journalID).write(to: file)
            try file.sync()
        case .giveUp(let extent, let start, let end):
            let file = try JournalFile(layout.segment(extent.base), .readWrite, in: fileSystem)
            try file.allocate(bytes: extent.fileBytes)
            try Self.giveUp(start, end, extent, file, format)
            try file.sync()
        case .end(let extent, let position):
            let file = try JournalFile(layout.segment(extent.base), .readWrite, in: fileSystem)
            try file.allocate(bytes: extent.fileBytes)
            try Self.end(position, extent, file, format)
            try file.sync()
        case .makeLost(let extent), .makeEmpty(let extent):
            let path = layout.segment(extent.base)
            let temporary = layout.temporary(for: path)
            let file = try JournalFile(temporary, .create, in: fileSystem, laterNamed: path)
            try file.allocate(bytes: extent.fileBytes)
            try SegmentHeader(extent: extent, journalID: journalID).write(to: file)
            if case .makeLost = self {
                let end = extent.end - UInt64(RecordFormat.endBytes)
                if end > extent.base { try Self.giveUp(extent.base, end, extent, file, format) }
                try Self.end(end, extent, file, format)
            }
            try file.sync()
            try fileSystem.move(temporary, to: path)
        case .delete(let path):
            try fileSystem.remove(path)
        }
    }

    private static func giveUp(
        _ start: JournalPosition,
        _ end: JournalPosition,
        _ extent: SegmentExtent,
        _ file: JournalFile,
        _ format: RecordFormat
    ) throws(JournalError) {
        try withZeroedBytes(Int(end - start)) { (bytes) throws(JournalError) in
            guard let base = bytes.baseAddress else { return }
            try file.read(into: bytes, at: extent.offset(of: start))
            let rest = UnsafeRawBufferPointer(rebasing: bytes[RecordFormat.headerBytes...])
            format.storeHeader(to: base, position: start, kind: RecordFormat.lostKind, payload: rest)
            let header = UnsafeRawBufferPointer(rebasing: bytes[..<RecordFormat.headerBytes])
            try file.write(header, at: extent.offset(of: start))
        }
    }

    private static func end(
        _ position: JournalPosition,
        _ extent: SegmentExtent,
        _ file: JournalFile,
        _ format: RecordFormat
    ) throws(JournalError) {
        try withZeroedBytes(RecordFormat.endBytes) { (bytes) throws(JournalError) in
            guard let base = bytes.baseAddress else { return }
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            format.storeHeader(to: base, position: position, kind: RecordFormat.endKind, payload: nothing)
            try file.write(UnsafeRawBufferPointer(bytes), at: extent.offset(of: position))
        }
    }
}
