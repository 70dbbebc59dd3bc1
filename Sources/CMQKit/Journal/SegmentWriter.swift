/// Writes the log to one segment after the other, whole pages at a time and past the page cache: a page that was not in
/// memory before costs more to get there than to write.
///
/// The rest of the last page is written as zeros. The next write goes over that page again, with what it already has.
final class SegmentWriter {
    /// Aligned to pages, as writes past the cache want it.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: JournalFormat.transferBytes,
        alignment: JournalFormat.pageBytes
    )
    private var file: JournalFile
    private var extent: SegmentExtent
    /// The offset in the file of the buffer's first byte: a page's beginning.
    private var start: UInt64
    /// Bytes in the buffer.
    private var count: Int

    /// - Parameter position: Where the log goes on; what its page has before is read.
    init(
        _ path: String,
        _ extent: SegmentExtent,
        at position: JournalPosition,
        in fileSystem: any JournalFileSystem
    )
        throws(JournalError)
    {
        file = try JournalFile(path, .readWriteUncached, in: fileSystem)
        self.extent = extent
        let offset = extent.offset(of: position)
        count = Int(offset % UInt64(JournalFormat.pageBytes))
        start = offset - UInt64(count)
        if count > 0 {
            try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<JournalFormat.pageBytes]), at: start)
        }
    }

    deinit {
        buffer.deallocate()
    }

    /// Goes on at the beginning of another segment.
    func move(to path: String, _ extent: SegmentExtent, in fileSystem: any JournalFileSystem) throws(JournalError) {
        file = try JournalFile(path, .readWriteUncached, in: fileSystem)
        self.extent = extent
        start = extent.offset(of: extent.base)
        count = 0
    }

    /// Writes what follows in the log at `position`, where the last write ended.
    func write(_ bytes: UnsafeRawBufferPointer, at position: JournalPosition) throws(JournalError) {
        precondition(extent.offset(of: position) == start + UInt64(count), "the log has no gaps")
        var rest = bytes
        while !rest.isEmpty {
            let part = min(buffer.count - count, rest.count)
            UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<part]))
            count += part
            rest = UnsafeRawBufferPointer(rebasing: rest[part...])
            if rest.isEmpty || count == buffer.count { try writePages() }
        }
    }

    func syncData() throws(JournalError) {
        try file.syncData()
    }

    private func writePages() throws(JournalError) {
        let begun = count % JournalFormat.pageBytes
        // The segment may end within a page.
        let end = min(JournalFormat.wholePages(count), Int(extent.fileBytes - start))
        UnsafeMutableRawBufferPointer(rebasing: buffer[count..<end]).initializeMemory(as: UInt8.self, repeating: 0)
        try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<end]), at: start)
        let page = UnsafeRawBufferPointer(rebasing: buffer[(count - begun)..<count])
        buffer.copyMemory(from: page)
        start += UInt64(count - begun)
        count = begun
    }
}
