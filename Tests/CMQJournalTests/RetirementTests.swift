import CMQJournal
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct RetirementTests {
    private func filled(
        _ fileSystem: SimulatedFileSystem,
        spares: Int = 0
    ) throws -> (opened: OpenedJournal, records: [StoredRecord]) {
        var configuration = JournalConfiguration.small(segmentBytes: 512, spares: spares)
        configuration.recentBytesMax = 0
        let opened = try OpenedJournal(configuration, fileSystem)
        var records: [StoredRecord] = []
        for step in 0..<10 { records += try opened.appendDurably([payload(200, seed: UInt64(step))]) }
        return (opened, records)
    }

    @Test func onlyWhatACheckpointCoversIsRetired() throws {
        let (opened, records) = try filled(SimulatedFileSystem())
        #expect(opened.journal.retire { _ in true }.isEmpty)
        let middle = records[4].nextPosition
        try opened.writeCheckpoint(at: middle, [])
        let retired = opened.journal.retire { _ in true }
        #expect(!retired.isEmpty)
        #expect(retired.allSatisfy { $0.endPosition <= middle })
        let last = try #require(records.last).nextPosition
        try opened.writeCheckpoint(at: last, [])
        opened.journal.retire { _ in true }
        // The one being written stays, whatever the checkpoint says.
        #expect(opened.journal.segmentInfos.count == 1)
        try opened.journal.close()
    }

    @Test func segmentsInTheMiddleMayGoAndTheOthersStayReadable() throws {
        let fileSystem = SimulatedFileSystem()
        var (opened, records) = try filled(fileSystem)
        let checkpoint = records[7].nextPosition
        try opened.writeCheckpoint(at: checkpoint, Array("state".utf8))
        let kept = opened.journal.segmentInfos[1]
        let retired = opened.journal.retire { $0 != kept }
        #expect(retired.count >= 2 && retired.contains { $0.basePosition > kept.basePosition })
        for round in 0..<2 {
            for record in records {
                let isRetired = retired.contains {
                    $0.basePosition <= record.position && record.position < $0.endPosition
                }
                #expect((opened.journal.segmentInfo(containing: record.position) == nil) == isRetired)
                if isRetired {
                    let error = #expect(throws: JournalError.self) {
                        try opened.journal.read(at: record.position) { _ in }
                    }
                    #expect(error?.code == .retired)
                } else {
                    #expect(try opened.journal.read(at: record.position) { StoredRecord($0) } == record)
                }
            }
            guard round == 0 else { break }
            try opened.journal.close()
            opened = try OpenedJournal(.small(segmentBytes: 512), fileSystem)
            #expect(opened.checkpoint == Array("state".utf8))
            #expect(opened.records == Array(records[8...]))
        }
        try opened.journal.close()
        #expect(try JournalInspector(directory: "/journal", fileSystem: fileSystem).verify().problems.isEmpty)
    }

    @Test func aSegmentBehindTheCheckpointIsMissedEvenWhenOthersWereRetired() throws {
        let fileSystem = SimulatedFileSystem()
        let (opened, records) = try filled(fileSystem)
        try opened.writeCheckpoint(at: records[4].nextPosition, [])
        opened.journal.retire { _ in true }
        let infos = opened.journal.segmentInfos
        try opened.journal.close()
        for info in infos {
            var disk = fileSystem.disk
            disk.delete(info.basePosition.name(".segment"))
            let damaged = SimulatedFileSystem(disk: disk)
            let error = refusal(.small(segmentBytes: 512), damaged)
            #expect(error?.code == .missingSegment, "\(info)")
            let verification = try JournalInspector(directory: "/journal", fileSystem: damaged).verify()
            #expect(verification.problems.first?.code == .missingSegment, "\(info)")
        }
    }

    @Test func recycledSegmentsNeverBringOldRecordsBack() throws {
        let fileSystem = SimulatedFileSystem()
        // Too little for new spare files: all there are come from retired segments.
        fileSystem.change { $0.available = 4000 }
        var configuration = JournalConfiguration.small(segmentBytes: 512, spares: 2)
        configuration.idleMarkDelay = .seconds(3600)
        let opened = try OpenedJournal(configuration, fileSystem)
        var expected: [StoredRecord] = []
        var start: JournalPosition = 0
        var disposed = 0
        for step in 0..<40 {
            // The same size again and again: an old record lies exactly where the next one will.
            expected += try opened.appendDurably([payload(100, seed: UInt64(step))])
            if step % 4 == 3 {
                start = expected[expected.count - 1].nextPosition
                try opened.writeCheckpoint(at: start, [])
                disposed += opened.journal.retire { _ in true }.count
                while fileSystem.disposals < disposed { sched_yield() }
            }
            let crashed = SimulatedFileSystem(disk: fileSystem.disk)
            let again = try OpenedJournal(configuration, crashed, starts: false)
            #expect(again.records == expected.filter { $0.position >= start }, "step \(step)")
            try again.journal.close()
            let verification = try JournalInspector(directory: "/journal", fileSystem: crashed).verify()
            #expect(verification.endPosition == expected[step].nextPosition, "step \(step)")
        }
        try opened.journal.close()
        let history = fileSystem.state.withLock { $0.history }
        let recycled = history.filter { $0.contains(".segment > ") && $0.hasSuffix(".spare") }
        let reused = history.filter { $0.contains(".spare > ") }
        #expect(recycled.count > 3 && reused.count > 3, "\(history)")
    }

    @Test func aReaderInARetiredSegmentReadsItToItsEnd() throws {
        let fileSystem = SimulatedFileSystem()
        let (opened, records) = try filled(fileSystem, spares: 4)
        let reader = JournalReader(opened.journal, from: 0)
        #expect(try reader.next().map { StoredRecord($0) } == records[0])
        try opened.writeCheckpoint(at: records[9].nextPosition, [])
        let first = opened.journal.segmentInfos[0]
        opened.journal.retire { _ in true }
        // Its file must not be written again while the reader has it.
        for step in 0..<10 { try opened.appendDurably([payload(200, seed: UInt64(100 + step))]) }
        for record in records[1...].prefix(while: { $0.position < first.endPosition }) {
            #expect(try reader.next().map { StoredRecord($0) } == record)
        }
        let error = #expect(throws: JournalError.self) { _ = try reader.next() }
        #expect(error?.code == .retired)
        try opened.journal.close()
    }

    @Test func sparesArePreparedAgain() throws {
        let opened = try OpenedJournal(.small(segmentBytes: 512, spares: 2), SimulatedFileSystem())
        for _ in 0..<8 { try opened.appendDurably([payload(300)]) }
        while opened.journal.statistics.spareSegments < 2 { sched_yield() }
        try opened.journal.close()
    }

    @Test func noneIsPreparedWhileSegmentsFollowEachOtherFast() throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = JournalConfiguration.small(segmentBytes: 512, spares: 8)
        configuration.spareInterval = .seconds(3600)
        let opened = try OpenedJournal(configuration, fileSystem)
        var last: JournalPosition = 0
        for _ in 0..<40 { last = try opened.appendDurably([payload(300)])[0].nextPosition }
        try opened.writeCheckpoint(at: last, [])
        // A round of the housekeeper ends with making up for missing spares: when a second one has begun, the first is over.
        for round in 1...2 {
            var isFirst = true
            opened.journal.retire { _ in
                defer { isFirst = false }
                return isFirst
            }
            while fileSystem.disposals < round { sched_yield() }
        }
        // The two retired ones, and one that may have been in the making when the hurry began.
        #expect(opened.journal.statistics.spareSegments <= 3)
        try opened.journal.close()
    }

    @Test func sparesOfAnotherSizeAreNotUsed() throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small(segmentBytes: 512, spares: 2)
        configuration.directory = directory.file("journal")
        var records: [StoredRecord] = []
        for segmentBytes in [512, 1024, 512] {
            configuration.segmentBytes = segmentBytes
            let opened = try OpenedJournal(configuration, LocalFileSystem())
            #expect(opened.records == records)
            for _ in 0..<5 { records += try opened.appendDurably([payload(300)]) }
            try opened.journal.close()
        }
        let opened = try OpenedJournal(configuration, LocalFileSystem())
        #expect(opened.records == records)
        try opened.journal.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: configuration.directory)
        #expect(!files.contains { $0.hasSuffix(".tmp") })
    }
}

extension SimulatedFileSystem {
    /// The segments that were deleted or became spares.
    fileprivate var disposals: Int {
        state.withLock { state in
            state.history.filter { $0.contains(".segment > ") || ($0.hasPrefix("delete") && $0.hasSuffix(".segment")) }
                .count
        }
    }
}
