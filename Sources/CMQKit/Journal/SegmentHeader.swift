/// The first page of a segment's file.
struct SegmentHeader: Hashable {
    static let bytes = 4096
    /// "CMQJSEG\n" read as a little-endian integer.
    private static let magic: UInt64 = 0x0A47_4553_4A51_4D43
    private static let checksumOffset = bytes - 4

    var extent: SegmentExtent
    var journalID: JournalID

    func write(to file: JournalFile) throws(JournalError) {
        try withZeroedBytes(Self.bytes) { (page) throws(JournalError) in
            page.store(Self.magic, at: 0)
            page.store(JournalFormat.version, at: 8)
            page.store(UInt32(Self.bytes), at: 12)
            page.store(extent.base, at: 16)
            page.store(extent.capacity, at: 24)
            page.store(journalID, at: 32)
            page.seal(at: Self.checksumOffset)
            try file.write(UnsafeRawBufferPointer(page), at: 0)
        }
    }

    /// Reads and checks the page; `base` is what the file's name says.
    static func read(from file: JournalFile, base: JournalPosition) throws(JournalError) -> SegmentHeader {
        try withZeroedBytes(bytes) { (page) throws(JournalError) in
            try file.read(into: page, at: 0)
            let page = UnsafeRawBufferPointer(page)
            guard page.integer(UInt64.self, at: 0) == magic else {
                throw .corruptSegment("this is no segment of a journal", path: file.path, offset: 0)
            }
            let version = page.integer(UInt32.self, at: 8)
            guard page.isSealed(at: checksumOffset) else {
                throw .corruptSegment("the segment's header has a wrong checksum", path: file.path, offset: 0)
            }
            guard version == JournalFormat.version else { throw .unsupportedVersion(version, path: file.path) }
            let header = SegmentHeader(
                extent: SegmentExtent(base: page.integer(at: 16), capacity: page.integer(at: 24)),
                journalID: page.journalID(at: 32)
            )
            guard header.extent.isPossible else {
                throw .corruptSegment("the segment's header names an impossible size", path: file.path, offset: 24)
            }
            guard header.extent.base == base else {
                throw .corruptSegment("the segment's name and header disagree", path: file.path, offset: 16)
            }
            return header
        }
    }
}
