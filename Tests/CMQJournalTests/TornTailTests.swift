import CMQJournal
import Foundation
import Testing

@Suite struct TornTailTests {
    enum Tear: CaseIterable {
        case zeros, garbage, cutShort
    }

    /// A journal whose process died directly after its last batch: no closing mark.
    private func crashed() throws -> (disk: SimulatedFileSystem.Disk, kept: [StoredRecord], last: [StoredRecord]) {
        var configuration = JournalConfiguration.small()
        configuration.idleMarkDelay = .seconds(3600)
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(configuration, fileSystem)
        let kept = try opened.appendDurably([payload(300), payload(500), payload(200)])
        let last = try opened.appendDurably([payload(20), payload(40)])
        let disk = fileSystem.disk
        try opened.journal.close()
        return (disk, kept, last)
    }

    @Test(arguments: Tear.allCases)
    func theLastBatchMayBeTornAtEveryByte(tear: Tear) throws {
        let (disk, kept, last) = try crashed()
        let name = "0000000000000400.segment"
        let whole = disk[name]
        // The batch begins with its mark.
        let start = Int(last[0].position - 0x400) + 4096 - 24
        let end = Int(last[1].nextPosition - 0x400) + 4096
        for cut in start..<end {
            var torn = disk
            var bytes = whole
            switch tear {
            case .zeros: for index in cut..<end { bytes[index] = 0 }
            case .garbage: for index in cut..<end { bytes[index] ^= 0x5A }
            case .cutShort: bytes.removeSubrange(cut...)
            }
            torn[name] = bytes
            // Padding is not part of a record: all before it may count.
            let complete = last.filter { Int($0.position - 0x400) + 4096 + 16 + $0.payload.count <= cut }
            let fileSystem = SimulatedFileSystem(disk: torn)
            var opened = try OpenedJournal(.small(), fileSystem)
            #expect(opened.records == kept + complete, "torn at \(cut)")
            let more = try opened.appendDurably([payload(9, seed: 2)])
            try opened.journal.close()
            opened = try OpenedJournal(.small(), fileSystem)
            #expect(opened.records == kept + complete + more, "torn at \(cut)")
            try opened.journal.close()
        }
    }

    @Test func theDroppedBytesAreReportedWithTheirPlace() throws {
        var (disk, kept, last) = try crashed()
        let name = "0000000000000400.segment"
        let offset = Int(last[0].position - 0x400) + 4096
        disk[name][offset + 16] ^= 1
        let opened = try OpenedJournal(.small(), SimulatedFileSystem(disk: disk))
        #expect(opened.records == kept)
        #expect(opened.report.droppedBytes == last[1].nextPosition - last[0].position)
        #expect(opened.report.endPosition == last[0].position)
        #expect(opened.report.endPath == "/journal/\(name)")
        #expect(opened.report.endOffset == UInt64(offset))
        try opened.journal.close()
    }

    @Test func whatLayBehindATornRecordNeverComesBack() throws {
        var (disk, kept, last) = try crashed()
        let name = "0000000000000400.segment"
        disk[name][Int(last[0].position - 0x400) + 4096 + 16] ^= 1
        let fileSystem = SimulatedFileSystem(disk: disk)
        var configuration = JournalConfiguration.small()
        configuration.idleMarkDelay = .seconds(3600)
        var opened = try OpenedJournal(configuration, fileSystem)
        // Ends exactly where the old second record began, which is intact on disk unless it was wiped.
        let more = try opened.appendDurably([payload(0)])
        #expect(more[0].nextPosition == last[1].position)
        let after = fileSystem.disk
        try opened.journal.close()
        opened = try OpenedJournal(configuration, SimulatedFileSystem(disk: after))
        #expect(opened.records == kept + more)
        try opened.journal.close()
    }

    /// What was wiped has to be on disk before anything new is written in front of it.
    @Test func whatLayBehindATornRecordNeverComesBackThroughAPowerCut() throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = JournalConfiguration.small(segmentBytes: 4096)
        configuration.idleMarkDelay = .seconds(3600)
        let crashed = try OpenedJournal(configuration, fileSystem)
        let kept = try crashed.appendDurably([payload(300)])
        let last = try crashed.appendDurably([payload(600), payload(40)])
        var disk = fileSystem.disk
        try crashed.journal.close()
        disk["0000000000000000.segment"][4096 + Int(last[0].position) + 16] ^= 1
        let repaired = SimulatedFileSystem(disk: disk)
        let opened = try OpenedJournal(configuration, repaired)
        // Written and not synced: ends exactly where the old second record began.
        repaired.gate.close()
        let more = try opened.append([payload(576)])
        repaired.gate.waitForSync()
        #expect(more[0].nextPosition == last[1].position)
        let after = repaired.disk
        repaired.gate.open()
        try opened.journal.close()
        for seed in 0..<200 as Range<UInt64> {
            let cut = SimulatedFileSystem(disk: after.afterPowerCut(seed: seed))
            let restarted = try OpenedJournal(configuration, cut, starts: false)
            try restarted.journal.close()
            #expect(restarted.records == kept || restarted.records == kept + more, "seed \(seed)")
        }
    }

    @Test func anEmptyNextSegmentBehindATornOneIsRemoved() throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = JournalConfiguration.small()
        configuration.idleMarkDelay = .seconds(3600)
        var opened = try OpenedJournal(configuration, fileSystem)
        let kept = try opened.appendDurably([payload(300)])
        // The next segment is made before the end of this one is written: stop between the two.
        fileSystem.change { $0.fail(.write, inCalls: 2) }
        try opened.append([payload(300), payload(500)])
        #expect(throws: JournalError.self) { try opened.journal.close() }
        #expect(fileSystem.disk.fileNames.contains("0000000000000400.segment"))
        let after = SimulatedFileSystem(disk: fileSystem.disk)
        opened = try OpenedJournal(configuration, after)
        #expect(opened.records == kept)
        #expect(!after.disk.fileNames.contains("0000000000000400.segment"))
        let more = try opened.appendDurably([payload(900)])
        try opened.journal.close()
        opened = try OpenedJournal(configuration, after)
        #expect(opened.records == kept + more)
        try opened.journal.close()
    }
}
