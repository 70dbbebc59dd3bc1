import CMQJournal
import Foundation
import Testing

@Suite struct DamageTests {
    /// A closed journal of some segments with two checkpoints, and what is in it.
    private static func closed(
        checkpoints: Bool = true,
        retires: Bool = false
    ) throws -> (disk: SimulatedFileSystem.Disk, records: [StoredRecord], checkpoints: [JournalPosition]) {
        let fileSystem = SimulatedFileSystem()
        let configuration = JournalConfiguration.small(segmentBytes: 256)
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
        try opened.journal.close()
        return (fileSystem.disk, records, positions)
    }

    @Test func eachFlippedByteGivesTheRightDataOrARefusalWithItsPlace() throws {
        let (disk, records, checkpoints) = try Self.closed()
        var outcomes: [String: Int] = [:]
        for name in disk.fileNames where name != "journal.lock" {
            let bytes = disk[name]
            // Most of a header page is alike; its edges and some of it stand for the rest.
            let offsets = bytes.indices.filter { !name.hasSuffix("segment") || $0 < 64 || $0 % 97 == 0 || $0 > 4088 }
            for offset in offsets {
                var damaged = disk
                damaged[name][offset] ^= 1 << UInt8(offset % 8)
                outcomes[try judge(damaged, name, offset, records, checkpoints), default: 0] += 1
            }
        }
        // Each outcome has to occur, or the test would prove little.
        #expect(
            Set(outcomes.keys) == ["intact", "record refused", "header refused", "identity refused", "older state"]
        )
    }

    private func judge(
        _ disk: SimulatedFileSystem.Disk,
        _ name: String,
        _ offset: Int,
        _ records: [StoredRecord],
        _ checkpoints: [JournalPosition]
    ) throws -> String {
        let configuration = JournalConfiguration.small(segmentBytes: 256)
        do {
            let opened = try OpenedJournal(configuration, SimulatedFileSystem(disk: disk), starts: false)
            try opened.journal.close()
            let start = try #require(opened.report.checkpointPosition, "\(name) \(offset)")
            #expect(opened.checkpoint == Array("state at \(start)".utf8), "\(name) \(offset)")
            #expect(opened.records == records.filter { $0.position >= start }, "\(name) \(offset)")
            if start == checkpoints[1] { return "intact" }
            #expect(name == checkpoints[1].name(".checkpoint"))
            #expect(opened.report.skippedCheckpoints.first?.path == "/journal/\(name)")
            return "older state"
        } catch let error as JournalError {
            #expect(error.path == "/journal/\(name)", "\(name) \(offset): \(error)")
            let reported = Int(try #require(error.offset, "\(name) \(offset): \(error)"))
            #expect(!error.remedy.isEmpty)
            switch error.code {
            case .corruptIdentity: return "identity refused"
            case .corruptSegment where offset < 4096:
                #expect(reported < 4096)
                return "header refused"
            default:
                #expect(error.code == .corruptSegment, "\(name) \(offset): \(error)")
                #expect(reported <= offset && offset < reported + 16 + 100, "\(name) \(offset): \(error)")
                return "record refused"
            }
        }
    }

    @Test func eachFlippedByteOfTheLogAloneIsFound() throws {
        let (disk, records, _) = try Self.closed(checkpoints: false)
        let configuration = JournalConfiguration.small(segmentBytes: 256)
        var refused = 0
        for name in disk.fileNames where name.hasSuffix("segment") {
            for offset in 4096..<disk[name].count {
                var damaged = disk
                damaged[name][offset] ^= 1 << UInt8(offset % 8)
                let fileSystem = SimulatedFileSystem(disk: damaged)
                if let error = refusal(configuration, fileSystem) {
                    #expect(error.code == .corruptSegment && error.path == "/journal/\(name)", "\(error)")
                    refused += 1
                } else {
                    let opened = try OpenedJournal(configuration, fileSystem, starts: false)
                    #expect(opened.records == records, "\(name) \(offset)")
                    try opened.journal.close()
                }
            }
        }
        #expect(refused > 500)
    }

    @Test func aDamagedCheckpointIsNamedWhenItsSegmentsAreGone() throws {
        var (disk, _, checkpoints) = try Self.closed(retires: true)
        let name = checkpoints[1].name(".checkpoint")
        disk[name][70] ^= 1
        let error = refusal(.small(segmentBytes: 256), SimulatedFileSystem(disk: disk))
        #expect(error?.code == .corruptCheckpoint)
        #expect(error?.path == "/journal/\(name)")
    }

    @Test func theLogIsReadFromTheBeginningWhenNoCheckpointIsLeftAndNothingIsMissing() throws {
        var (disk, records, checkpoints) = try Self.closed()
        for position in checkpoints { disk[position.name(".checkpoint")][3] ^= 1 }
        let opened = try OpenedJournal(.small(segmentBytes: 256), SimulatedFileSystem(disk: disk))
        #expect(opened.report.checkpointPosition == nil)
        #expect(opened.report.skippedCheckpoints.count == 2)
        #expect(opened.records == records)
        try opened.journal.close()
    }

    @Test func eachMissingSegmentIsRefused() throws {
        let (disk, _, _) = try Self.closed(checkpoints: false)
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
        var (disk, _, _) = try Self.closed()
        let (other, _, _) = try Self.closed()
        let name = "0000000000000100.segment"
        disk[name] = other[name]
        let error = refusal(.small(segmentBytes: 256), SimulatedFileSystem(disk: disk))
        #expect(error?.code == .foreignFile)
        #expect(error?.path == "/journal/\(name)")
    }

    @Test func theIdentityIsMadeAnewFromTheSegments() throws {
        var (disk, records, checkpoints) = try Self.closed()
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
