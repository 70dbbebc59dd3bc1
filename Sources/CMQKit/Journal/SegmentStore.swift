internal import Synchronization

/// The segments of a journal and the spare files for the next ones.
final class SegmentStore: Sendable {
    /// More descriptors than this are not kept open for reading.
    private static let openFilesMax = 64

    private struct Entry {
        var extent: SegmentExtent
        var file: JournalFile?
        /// Whether the file was let go of while somebody else may still read it.
        var isDropped = false
    }

    private struct Table {
        /// In order; the last one is being written.
        var entries: [Entry]
        var spares: [UInt64]
        var nextSpare: UInt64
        var openFiles = 0
    }

    /// A segment that left the table.
    struct Retired: Sendable {
        var extent: SegmentExtent
        /// Whether nobody reads it any more, so that its file may be written again.
        var isUnused: Bool
    }

    let layout: JournalLayout
    let journalID: JournalID
    let segmentBytes: Int
    private let fileSystem: any JournalFileSystem
    private let table: Mutex<Table>

    init(
        layout: JournalLayout,
        journalID: JournalID,
        segmentBytes: Int,
        extents: [SegmentExtent],
        spares: [UInt64],
        in fileSystem: any JournalFileSystem
    ) {
        self.layout = layout
        self.journalID = journalID
        self.segmentBytes = segmentBytes
        self.fileSystem = fileSystem
        let entries = extents.map { Entry(extent: $0, file: nil) }
        table = Mutex(Table(entries: entries, spares: spares, nextSpare: (spares.max() ?? 0) + 1))
    }

    var extents: [SegmentExtent] { table.withLock { $0.entries.map(\.extent) } }
    var spareCount: Int { table.withLock { $0.spares.count } }

    /// The segment that holds a position, opened; nil where there is none.
    func segment(
        containing position: JournalPosition
    ) throws(JournalError) -> (extent: SegmentExtent, file: JournalFile)? {
        try table.withLock { (table) throws(JournalError) in
            var low = 0
            var high = table.entries.count
            while low < high {
                let middle = (low + high) / 2
                if table.entries[middle].extent.end <= position { low = middle + 1 } else { high = middle }
            }
            guard low < table.entries.count, table.entries[low].extent.contains(position) else { return nil }
            let extent = table.entries[low].extent
            if let file = table.entries[low].file { return (extent, file) }
            let file = try JournalFile(layout.segment(extent.base), .readWrite, in: fileSystem)
            keep(file, at: low, in: &table)
            return (extent, file)
        }
    }

    /// Makes the file of a new last segment, durable under its name and with its header, before it returns.
    func activate(_ extent: SegmentExtent) throws(JournalError) -> JournalFile {
        let path = layout.segment(extent.base)
        let spare = extent.capacity == UInt64(segmentBytes) ? table.withLock { $0.spares.popLast() } : nil
        let source = spare.map { layout.spare($0) } ?? layout.temporary(for: path)
        let file = try JournalFile(source, spare == nil ? .create : .readWrite, in: fileSystem, laterNamed: path)
        if spare == nil { try file.allocate(bytes: extent.fileBytes) }
        try SegmentHeader(extent: extent, journalID: journalID).write(to: file)
        // Before the rename: a file that carries a segment's name always has that segment's header.
        try file.sync()
        try fileSystem.move(source, to: path)
        try fileSystem.syncDirectory(layout.directory)
        table.withLock { table in
            table.entries.append(Entry(extent: extent, file: nil))
            keep(file, at: table.entries.count - 1, in: &table)
        }
        return file
    }

    /// Takes finished segments out that lie before `position` and that `shouldRetire` names.
    func retire(
        before position: JournalPosition,
        where shouldRetire: (JournalSegmentInfo) -> Bool
    ) -> [Retired] {
        table.withLock { table in
            let last = table.entries.last?.extent
            var retired: [Retired] = []
            // In place: a copy of an entry would be a second reference to its file.
            for index in table.entries.indices {
                let extent = table.entries[index].extent
                let info = JournalSegmentInfo(basePosition: extent.base, endPosition: extent.end)
                guard extent.end <= position, extent != last, shouldRetire(info) else { continue }
                if table.entries[index].file != nil { table.openFiles -= 1 }
                retired.append(Retired(extent: extent, isUnused: Self.isUnused(&table.entries[index])))
            }
            let gone = Set(retired.map(\.extent))
            table.entries.removeAll { gone.contains($0.extent) }
            return retired
        }
    }

    /// A number for a new spare file.
    func reserveSpare() -> UInt64 {
        table.withLock { table in
            defer { table.nextSpare += 1 }
            return table.nextSpare
        }
    }

    func add(spares: [UInt64]) {
        table.withLock { $0.spares += spares }
    }

    private func keep(_ file: JournalFile, at index: Int, in table: inout Table) {
        if table.openFiles >= Self.openFilesMax,
            let victim = table.entries.firstIndex(where: { $0.file != nil })
        {
            table.entries[victim].file = nil
            table.entries[victim].isDropped = true
            table.openFiles -= 1
        }
        table.entries[index].file = file
        table.openFiles += 1
    }

    private static func isUnused(_ entry: inout Entry) -> Bool {
        guard !entry.isDropped else { return false }
        return entry.file == nil || isKnownUniquelyReferenced(&entry.file)
    }
}

/// A segment as callers see it.
package struct JournalSegmentInfo: Hashable, Sendable {
    package var basePosition: JournalPosition
    /// The position behind the segment: the next one's base.
    package var endPosition: JournalPosition
}
