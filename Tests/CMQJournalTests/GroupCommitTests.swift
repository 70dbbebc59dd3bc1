import CMQJournal
import Foundation
import Testing

@Suite struct GroupCommitTests {
    private func configuration() -> JournalConfiguration {
        var configuration = JournalConfiguration.small(segmentBytes: 1 << 20)
        configuration.idleMarkDelay = .seconds(3600)
        return configuration
    }

    @Test func commitsDuringASyncShareTheNextOne() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(configuration(), fileSystem)
        fileSystem.gate.close()
        let first = try opened.append([payload(10)])
        fileSystem.gate.waitForSync()
        var later: [StoredRecord] = []
        for size in 0..<50 { later += try opened.append([payload(size)]) }
        #expect(opened.progress.durableReports.isEmpty)
        let writes = fileSystem.count(.write)
        fileSystem.gate.open()
        let end = try #require(later.last).nextPosition
        #expect(opened.progress.wait(for: end))
        #expect(opened.progress.durableReports == [first[0].nextPosition, end])
        #expect(opened.journal.statistics.syncs == 2)
        #expect(opened.journal.statistics.groups == 2)
        // What lies together in memory goes out in one call.
        #expect(fileSystem.count(.write) == writes + 1)
        try opened.journal.close()
    }

    @Test func whatIsCommittedHereIsDurableAtOnce() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(configuration(), fileSystem)
        for size in [10, 5_000, 0] {
            let end = try #require(try opened.append([payload(size)], here: true).last).nextPosition
            #expect(opened.journal.durableThrough == end && opened.progress.durable == end)
        }
        #expect(opened.journal.inFlightBytes == 0)
        #expect(opened.journal.statistics.groups == 3)
        try opened.appendDurably([payload(20)])
        try opened.journal.close()
    }

    /// In the order of commits, and without waiting for the disk twice.
    @Test func whatIsCommittedHereBehindABusyWriterIsLeftToIt() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(configuration(), fileSystem)
        fileSystem.gate.close()
        let first = try opened.append([payload(10)])
        fileSystem.gate.waitForSync()
        let second = try opened.append([payload(20)], here: true)
        #expect(opened.progress.durableReports.isEmpty)
        fileSystem.gate.open()
        #expect(opened.progress.wait(for: second[0].nextPosition))
        #expect(opened.progress.durableReports == [first[0].nextPosition, second[0].nextPosition])
        try opened.journal.close()
    }

    @Test func aFailedSyncHereEndsTheJournalOnce() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(configuration(), fileSystem)
        try opened.append([payload(10)], here: true)
        let fault = DiskFault(operation: .syncData, number: fileSystem.count(.syncData) + 1)
        fileSystem.change { $0.fault = fault }
        try opened.append([payload(20)], here: true)
        #expect(opened.progress.failures.count == 1)
        #expect(throws: JournalError.self) { try opened.append([payload(30)], here: true) }
        #expect(throws: JournalError.self) { try opened.journal.close() }
        #expect(opened.progress.failures.count == 1)
    }

    @Test func theLimitOfBytesInFlightPausesTheCaller() throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = configuration()
        configuration.inFlightBytesMax = 1000
        let opened = try OpenedJournal(configuration, fileSystem)
        fileSystem.gate.close()
        let batch = try opened.journal.makeBatch()
        try batch.append(kind: 1, payloadSize: 400) { $0.initializeMemory(as: UInt8.self, repeating: 1) }
        #expect(try opened.journal.commit(batch) == .none)
        let larger = try opened.journal.makeBatch()
        let placement = try larger.append(kind: 1, payloadSize: 600) {
            $0.initializeMemory(as: UInt8.self, repeating: 2)
        }
        #expect(try opened.journal.commit(larger) == .pause)
        #expect(opened.journal.inFlightBytes == 24 + 416 + 24 + 616)
        let error = #expect(throws: JournalError.self) { try opened.journal.makeBatch() }
        #expect(error?.code == .inFlightLimit)
        fileSystem.gate.open()
        #expect(opened.progress.wait(for: placement.nextPosition))
        #expect(opened.journal.inFlightBytes == 0)
        try opened.appendDurably([payload(5)])
        try opened.journal.close()
    }

    @Test(arguments: [false, true])
    func anIdleMomentVouchesForTheLastRecords(here: Bool) throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = configuration()
        configuration.idleMarkDelay = .zero
        let opened = try OpenedJournal(configuration, fileSystem)
        // The mark's own 24 bytes become durable behind the record. The second one finds the writer asleep.
        var written = try opened.append([payload(1)], here: here)
        #expect(opened.progress.wait(for: written[0].nextPosition + 24))
        written = try opened.append([payload(100)], here: here)
        #expect(opened.progress.wait(for: written[0].nextPosition + 24))
        var disk = fileSystem.disk
        disk["0000000000000000.segment"][4096 + Int(written[0].position) + 20] ^= 1
        try opened.journal.close()
        let error = refusal(configuration, SimulatedFileSystem(disk: disk))
        #expect(error?.code == .corruptSegment)
        #expect(error?.offset == 4096 + written[0].position)
    }

    @Test func aQuietJournalWritesNothing() throws {
        let fileSystem = SimulatedFileSystem()
        for _ in 0..<3 {
            let opened = try OpenedJournal(configuration(), fileSystem)
            if opened.records.isEmpty { try opened.append([payload(1)]) }
            try opened.journal.close()
        }
        let opened = try OpenedJournal(configuration(), fileSystem)
        #expect(opened.report.endPosition == 24 + 24 + 24)
        try opened.journal.close()
    }

    @Test func aFullDiskIsNoticedBeforeItIsFull() throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = configuration()
        configuration.lowWaterBytes = 1000
        fileSystem.change { $0.available = 999 }
        let opened = try OpenedJournal(configuration, fileSystem)
        let error = #expect(throws: JournalError.self) { try opened.journal.makeBatch() }
        #expect(error?.code == .lowOnSpace)
        #expect(opened.journal.isLowOnSpace)
        let urgent = try opened.journal.makeBatch(ignoringLowWater: true)
        try urgent.append(kind: 3, payloadSize: 0) { _ in }
        try opened.journal.commit(urgent)
        fileSystem.change { $0.available = 1000 }
        #expect(!opened.journal.isLowOnSpace)
        try opened.appendDurably([payload(5)])
        try opened.journal.close()
    }

    @Test func aClosedJournalTakesNothing() throws {
        let opened = try OpenedJournal(configuration(), SimulatedFileSystem())
        let batch = try opened.journal.makeBatch()
        try batch.append(kind: 1, payloadSize: 0) { _ in }
        try opened.journal.close()
        #expect(throws: JournalError.self) { try opened.journal.commit(batch) }
        let error = #expect(throws: JournalError.self) { try opened.journal.makeBatch() }
        #expect(error?.code == .closed)
    }
}
