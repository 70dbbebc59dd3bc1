import CMQJournal
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct JournalReaderTests {
    @Test func aReaderSeesWhatIsDurableAndNoMore() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(segmentBytes: 4096), fileSystem)
        let first = try opened.appendDurably([payload(10), payload(2000)])
        fileSystem.gate.close()
        let second = try opened.append([payload(20), payload(2500)])
        fileSystem.gate.waitForSync()
        let reader = JournalReader(opened.journal, from: 0)
        #expect(try reader.next().map { StoredRecord($0) } == first[0])
        #expect(try reader.next().map { StoredRecord($0) } == first[1])
        #expect(try reader.next() == nil)
        fileSystem.gate.open()
        opened.progress.wait(for: second[1].nextPosition)
        #expect(try reader.next().map { StoredRecord($0) } == second[0])
        let continued = JournalReader(opened.journal, from: reader.position)
        #expect(try continued.next().map { StoredRecord($0) } == second[1])
        #expect(try continued.next() == nil)
        try opened.journal.close()
    }

    @Test func aReaderOnItsOwnThreadFollowsTheWriter() async throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small(segmentBytes: 8192, spares: 1)
        configuration.directory = directory.file("journal")
        configuration.idleMarkDelay = .zero
        let opened = try OpenedJournal(configuration, LocalFileSystem())
        let journal = opened.journal
        let expectedCount = 3000
        let reading = Task.detached {
            let reader = JournalReader(journal, from: 0)
            var read: [StoredRecord] = []
            while read.count < expectedCount {
                let limit = journal.durableThrough
                if let record = try reader.next() {
                    read.append(StoredRecord(record))
                    #expect(record.nextPosition <= journal.durableThrough)
                } else {
                    #expect(reader.position >= limit)
                    await Task.yield()
                }
            }
            return read
        }
        var written: [StoredRecord] = []
        for batch in 0..<(expectedCount / 10) {
            written += try opened.append((0..<10).map { payload((batch * 10 + $0) % 300) })
            if batch % 16 == 0 { opened.progress.wait(for: try #require(written.last).nextPosition) }
        }
        let read = try await reading.value
        #expect(read == written)
        try opened.journal.close()
    }

    @Test func damageIsFoundWhileReading() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(), fileSystem)
        let records = try opened.appendDurably([payload(10), payload(20)])
        fileSystem.change { $0.disk["0000000000000000.segment"][4096 + Int(records[1].position) + 16] ^= 4 }
        let reader = JournalReader(opened.journal, from: records[0].nextPosition)
        let error = #expect(throws: JournalError.self) { _ = try reader.next() }
        #expect(error?.code == .corruptSegment)
        #expect(error?.offset == 4096 + records[1].position)
        let direct = #expect(throws: JournalError.self) { try opened.journal.read(at: records[1].position) { _ in } }
        #expect(direct?.code == .corruptSegment)
        let unwritten = #expect(throws: JournalError.self) { try opened.journal.read(at: 1 << 40) { _ in } }
        #expect(unwritten?.code == .notWritten)
        try? opened.journal.close()
    }
}
