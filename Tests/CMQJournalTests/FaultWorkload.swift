import CMQJournal

/// A journal's life on a disk that may fail at any call: starts, batches over several segments, checkpoints, retired
/// and recycled segments, reads, and stops. Remembers what it handed over and what was reported durable.
struct FaultWorkload {
    /// The disk at some time, and what was known then.
    struct Moment {
        var disk: SimulatedFileSystem.Disk
        var appended: [StoredRecord]
        var durable: JournalPosition
    }

    static let configuration = JournalConfiguration.small(segmentBytes: 640, spares: 1)

    /// What a start has to give back, but for what was not durable.
    var appended: [StoredRecord] = []
    var durable: JournalPosition = 0
    private(set) var failures: [JournalError] = []
    private(set) var moments: [Moment] = []
    /// What was wrong on the way.
    private(set) var problems: [String] = []
    /// A disk that says that it did what it did not may lose the end of the log.
    var isDiskHonest = true

    /// Starts anew after each end, whatever it was, as a supervisor does with a broker.
    mutating func run(on fileSystem: SimulatedFileSystem) {
        for round in 0..<3 {
            do {
                try runOnce(on: fileSystem, seed: UInt64(round))
            } catch let error as JournalError {
                if error.errno != failures.last?.errno || error.path != failures.last?.path { failures.append(error) }
            } catch {
                problems.append("not an error of the journal: \(error)")
            }
        }
    }

    private mutating func runOnce(on fileSystem: SimulatedFileSystem, seed: UInt64) throws {
        let opened = try OpenedJournal(Self.configuration, fileSystem)
        defer { stop(opened) }
        takeOver(opened)
        for step in 0..<6 {
            let contents = [payload(step * 40, seed: seed), payload(100), payload(step)]
            let records = try opened.append(contents, here: (step + Int(seed)) % 3 == 1)
            appended += records
            let end = records[records.count - 1].nextPosition
            if step % 2 == 1, opened.progress.wait(for: end) {
                readBack(records[0], opened)
                try? opened.writeCheckpoint(at: end, Array("\(end)".utf8))
                opened.journal.retire { _ in step >= 3 }
            }
            // In this order: what is durable by then is on the disk that is copied.
            let known = max(durable, opened.progress.durable)
            moments.append(Moment(disk: fileSystem.disk, appended: appended, durable: known))
        }
    }

    private mutating func stop(_ opened: OpenedJournal) {
        try? opened.journal.close()
        durable = max(durable, opened.progress.durable)
        failures += opened.progress.failures
        if opened.progress.failures.count > 1 { problems.append("reported more than one failure") }
        if opened.progress.failures.isEmpty, durable < appended.last?.nextPosition ?? 0 {
            problems.append("ended early without a failure")
        }
    }

    /// Compares what a start read with what was written before, and goes on from there.
    private mutating func takeOver(_ opened: OpenedJournal) {
        problems += Self.compare(opened, with: appended, durable: isDiskHonest ? durable : 0)
        let start = opened.report.checkpointPosition ?? 0
        appended = appended.filter { $0.position < start } + opened.records
    }

    /// What is read while the journal is open is right, or refused.
    private mutating func readBack(_ record: StoredRecord, _ opened: OpenedJournal) {
        do {
            let found = try opened.journal.read(at: record.position) { StoredRecord($0) }
            if found != record { problems.append("read \(found) instead of \(record)") }
        } catch {
            if error.path == nil { problems.append("a read failed without a place: \(error)") }
        }
    }

    /// What is wrong with what a start gave back: nothing durable may be missing, nothing wrong or out of place.
    static func compare(
        _ opened: OpenedJournal,
        with appended: [StoredRecord],
        durable: JournalPosition
    ) -> [String] {
        var problems: [String] = []
        let start = opened.report.checkpointPosition ?? 0
        if let checkpoint = opened.checkpoint, checkpoint != Array("\(start)".utf8) {
            problems.append("the checkpoint at \(start) has the wrong content")
        }
        let expected = appended.filter { $0.position >= start }
        if opened.records != Array(expected.prefix(opened.records.count)) {
            problems.append("read \(opened.records) instead of \(expected)")
        }
        let end = opened.records.last?.nextPosition ?? start
        if let lost = expected.first(where: { $0.nextPosition <= durable && $0.nextPosition > end }) {
            problems.append("lost \(lost), which was durable")
        }
        return problems
    }

    /// Starts on what is left, writes on, and starts again.
    ///
    /// - Returns: what is wrong, and the reason where the start was refused.
    static func restart(
        on disk: SimulatedFileSystem.Disk,
        appended: [StoredRecord],
        durable: JournalPosition
    ) -> (problems: [String], refusal: JournalError?) {
        do {
            let fileSystem = SimulatedFileSystem(disk: disk)
            var opened = try OpenedJournal(configuration, fileSystem)
            var problems = compare(opened, with: appended, durable: durable)
            let records = opened.records
            let more = try opened.appendDurably([payload(77, seed: 9), payload(300, seed: 9)])
            try opened.journal.close()
            opened = try OpenedJournal(configuration, fileSystem, starts: false)
            if opened.records != records + more { problems.append("not the same at the second start") }
            try opened.journal.close()
            return (problems, nil)
        } catch let error as JournalError {
            return ([], error)
        } catch {
            return (["not an error of the journal: \(error)"], nil)
        }
    }
}
