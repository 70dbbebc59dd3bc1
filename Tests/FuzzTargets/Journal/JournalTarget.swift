internal import CMQJournal

/// Recovery and inspection of a journal's directory that was made by ``JournalImage``.
enum JournalTarget {
    private struct Recovered: Equatable {
        struct Record: Equatable {
            var position: UInt64
            var kind: UInt8
            var payload: [UInt8]
        }

        var checkpoint: [UInt8]?
        var records: [Record] = []
        var end: UInt64 = 0
        var droppedBytes: UInt64 = 0
    }

    static func run(_ bytes: [UInt8]) throws {
        let image = JournalImage(bytes).files
        let looked = MemoryFileSystem(image)
        let verification = try? JournalInspector(directory: JournalImage.directory, fileSystem: looked).verify()
        try require(looked.files == image, "looking at a journal changes it")
        let fileSystem = MemoryFileSystem(image)
        let first: Recovered
        do throws(JournalError) {
            first = try open(fileSystem)
        } catch {
            // A full disk is no damage.
            let isRefused = error.code != .system && verification?.problems.isEmpty == true
            return try require(!isRefused, "refuses a journal that was found right: \(error)")
        }
        try check(first, against: image)
        let second: Recovered
        do { second = try open(fileSystem) } catch { throw FuzzFailure("does not open what it recovered: \(error)") }
        try require(second.records == first.records, "another recovery gives other records")
        try require(second.checkpoint == first.checkpoint, "another recovery takes another checkpoint")
        try require(second.end == first.end && second.droppedBytes == 0, "a recovered journal has no clean end")
    }

    private static func open(_ fileSystem: MemoryFileSystem) throws(JournalError) -> Recovered {
        var configuration = JournalConfiguration(directory: JournalImage.directory)
        configuration.segmentBytes = 1024
        configuration.spareSegments = 0
        configuration.lowWaterBytes = 0
        var recovered = Recovered()
        let (journal, report) = try Journal.open(
            configuration,
            fileSystem: fileSystem,
            onCheckpoint: { recovered.checkpoint = try $0.readAll() },
            onRecord: { record in
                recovered.records.append(
                    Recovered.Record(position: record.position, kind: record.kind, payload: Array(record.payload))
                )
            }
        )
        try journal.close()
        recovered.end = report.endPosition
        recovered.droppedBytes = report.droppedBytes
        return recovered
    }

    /// Each record is in the directory as it was handed over, and between two of them is nothing but what the
    /// journal wrote for itself.
    private static func check(_ recovered: Recovered, against files: [String: [UInt8]]) throws(FuzzFailure) {
        var previous: Recovered.Record?
        for record in recovered.records {
            let stored = JournalImage.record(at: record.position, in: files)
            let isRight = stored.map { $0.kind == record.kind && $0.payload == record.payload } ?? false
            try require(isRight, "a record at \(record.position) that is not there")
            if let previous { try checkGap(from: next(previous), to: record.position, in: files) }
            previous = record
        }
        // A sync mark says what was durable when it was written, which is what may have been acknowledged.
        let durable = JournalImage.provenThrough(in: files)
        try require(recovered.end >= durable, "ends at \(recovered.end) although \(durable) was durable")
        let beyond = JournalImage.record(at: recovered.end, in: files)
        try require(beyond == nil, "leaves out the record at \(recovered.end)")
    }

    private static func checkGap(
        from start: UInt64,
        to end: UInt64,
        in files: [String: [UInt8]]
    ) throws(FuzzFailure) {
        var position = start
        while position < end {
            guard let record = JournalImage.record(at: position, in: files) else {
                throw FuzzFailure("a gap at \(position) that nobody mentions")
            }
            // Behind the end of a segment there is nothing up to the next one.
            guard record.kind != 0xFE else { return }
            // A repair leaves the kind 0xFD where something was lost.
            try require(record.kind == 0xFF || record.kind == 0xFD, "leaves out the record at \(position)")
            position += UInt64((16 + record.payload.count + 7) / 8 * 8)
        }
        try require(position == end, "a record begins within another one")
    }

    private static func next(_ record: Recovered.Record) -> UInt64 {
        record.position + UInt64((16 + record.payload.count + 7) / 8 * 8)
    }
}
