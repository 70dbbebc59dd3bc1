import CMQJournal
import Foundation
import Testing

@Suite struct DamageTests {
    /// A journal of some segments with two checkpoints, and what is in it: closed, or as a process leaves it that is
    /// killed right after its last batch became durable.
    static func written(
        checkpoints: Bool = true,
        retires: Bool = false,
        killed: Bool = false
    ) throws -> (disk: SimulatedFileSystem.Disk, records: [StoredRecord], checkpoints: [JournalPosition]) {
        let fileSystem = SimulatedFileSystem()
        var configuration = JournalConfiguration.small(segmentBytes: 256)
        if killed { configuration.idleMarkDelay = .seconds(3600) }
        let opened = try OpenedJournal(configuration, fileSystem)
        var records: [StoredRecord] = []
        var positions: [JournalPosition] = []
        for size in [0, 30, 100, 60, 70, 1] {
            records += try opened.appendDurably([payload(size)])
            if checkpoints, size == 30 || size == 60 {
                let position = records[records.count - 1].nextPosition
                try opened.writeCheckpoint(at: position, Array("state at \(position)".utf8))
                positions.append(position)
            }
        }
        if retires { opened.journal.retire { _ in true } }
        let disk = fileSystem.disk
        try opened.journal.close()
        return (killed ? disk : fileSystem.disk, records, positions)
    }

    @Test func aDamagedCheckpointIsNamedWhenItsSegmentsAreGone() throws {
        var (disk, _, checkpoints) = try Self.written(retires: true)
        let name = checkpoints[1].name(".checkpoint")
        disk[name][70] ^= 1
        let error = refusal(.small(segmentBytes: 256), SimulatedFileSystem(disk: disk))
        #expect(error?.code == .corruptCheckpoint)
        #expect(error?.path == "/journal/\(name)")
    }

    @Test func theLogIsReadFromTheBeginningWhenNoCheckpointIsLeftAndNothingIsMissing() throws {
        var (disk, records, checkpoints) = try Self.written()
        for position in checkpoints { disk[position.name(".checkpoint")][3] ^= 1 }
        let opened = try OpenedJournal(.small(segmentBytes: 256), SimulatedFileSystem(disk: disk))
        #expect(opened.report.checkpointPosition == nil)
        #expect(opened.report.skippedCheckpoints.count == 2)
        #expect(opened.records == records)
        try opened.journal.close()
    }

    @Test func eachMissingSegmentIsRefused() throws {
        let (disk, _, _) = try Self.written(checkpoints: false)
        let names = disk.fileNames.filter { $0.hasSuffix("segment") }
        #expect(names.count > 2)
        for name in names {
            var damaged = disk
            damaged.delete(name)
            let error = refusal(.small(segmentBytes: 256), SimulatedFileSystem(disk: damaged))
            #expect(error?.code == .missingSegment, "\(name)")
            #expect(error?.path == "/journal/\(name)")
        }
        var empty = disk
        for name in names { empty.delete(name) }
        #expect(refusal(.small(segmentBytes: 256), SimulatedFileSystem(disk: empty))?.code == .missingSegment)
    }

    @Test func aSegmentOfAnotherJournalIsRefused() throws {
        var (disk, _, _) = try Self.written()
        let (other, _, _) = try Self.written()
        let name = "0000000000000100.segment"
        disk[name] = other[name]
        let error = refusal(.small(segmentBytes: 256), SimulatedFileSystem(disk: disk))
        #expect(error?.code == .foreignFile)
        #expect(error?.path == "/journal/\(name)")
    }

    /// Wherever in the log two segments reach into each other, also before the checkpoint that a start begins at.
    @Test(arguments: [true, false])
    func segmentsThatHoldTheSamePositionsAreSeenByAll(hasCheckpoints: Bool) throws {
        let (disk, _, _) = try Self.written(checkpoints: hasCheckpoints)
        let names = disk.fileNames.filter { $0.hasSuffix("segment") }
        for (name, next) in zip(names, names.dropFirst()) {
            var damaged = disk
            damaged[name][25] += 1
            let checksum = FormatTests.crc32c(damaged[name].prefix(4_092))
            for byte in 0..<4 { damaged[name][4_092 + byte] = UInt8(truncatingIfNeeded: checksum >> (8 * byte)) }
            let path = "/journal/\(next)"
            let error = refusal(.small(segmentBytes: 256), SimulatedFileSystem(disk: damaged))
            #expect(error?.code == .corruptSegment && error?.path == path)
            let found = try JournalInspector(directory: "/journal", fileSystem: SimulatedFileSystem(disk: damaged))
                .verify().problems
            #expect(found.contains { $0.path == path && $0.message == error?.message }, "\(found)")
            let repair = JournalRepair(directory: "/journal", fileSystem: SimulatedFileSystem(disk: damaged))
            let refused = #expect(throws: JournalError.self) { try repair.run(backup: "/backup") }
            #expect(refused?.code == .beyondRepair && refused?.path == path)
        }
    }

    /// A checkpoint with a right checksum at a place where the log has no record's beginning: a start would go astray.
    @Test func aCheckpointWithinARecordIsSeen() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(segmentBytes: 512), fileSystem)
        let records = try opened.appendDurably([payload(100), payload(60)]) + opened.appendDurably([payload(30)])
        try opened.writeCheckpoint(at: records[0].position + 32, [1, 2, 3])
        try opened.journal.close()
        let inspector = JournalInspector(directory: "/journal", fileSystem: fileSystem)
        let problems = try inspector.verify().problems
        #expect(problems.map(\.code) == [.corruptCheckpoint], "\(problems)")
        #expect(refusal(.small(segmentBytes: 512), SimulatedFileSystem(disk: fileSystem.disk)) != nil)
    }

    @Test func theIdentityIsMadeAnewFromTheSegments() throws {
        var (disk, records, checkpoints) = try Self.written()
        disk.delete("journal.id")
        let fileSystem = SimulatedFileSystem(disk: disk)
        let opened = try OpenedJournal(.small(segmentBytes: 256), fileSystem)
        #expect(opened.records == records.filter { $0.position >= checkpoints[1] })
        #expect(fileSystem.disk.fileNames.contains("journal.id"))
        try opened.journal.close()
    }
}

extension JournalPosition {
    func name(_ suffix: String) -> String {
        String(format: "%016lx", self) + suffix
    }
}
