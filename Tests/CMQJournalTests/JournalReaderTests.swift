import CMQJournal
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct JournalReaderTests {
    /// How much of the log a reader finds in memory: nothing, one chunk, everything.
    private static let recentBytes = [0, 1, 32 << 20]

    @Test(arguments: recentBytes)
    func aReaderSeesWhatIsDurableAndNoMore(recentBytes: Int) throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = JournalConfiguration.small(segmentBytes: 4096)
        configuration.recentBytesMax = recentBytes
        let opened = try OpenedJournal(configuration, fileSystem)
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

    @Test(arguments: recentBytes)
    func aReaderOnItsOwnThreadFollowsTheWriter(recentBytes: Int) async throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small(segmentBytes: 8192, spares: 1)
        configuration.recentBytesMax = recentBytes
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

    /// What is in memory is read from there, and what a disk has made of it does not matter.
    @Test func whatIsInMemoryIsNotReadFromTheDisk() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(segmentBytes: 256), fileSystem)
        let records = try opened.appendDurably((0..<20).map { payload(100 + $0) })
        fileSystem.change { state in
            for name in state.disk.fileNames where name.hasSuffix("segment") { state.disk[name][4096 + 16] ^= 4 }
        }
        let reader = JournalReader(opened.journal, from: 0)
        for record in records { #expect(try reader.next().map { StoredRecord($0) } == record) }
        #expect(try reader.next() == nil)
        try? opened.journal.close()
    }

    /// A batch that was begun and dropped leaves nothing for a reader, also where it had begun another chunk.
    @Test func whatWasAbandonedIsNotRead() throws {
        var configuration = JournalConfiguration.small(segmentBytes: 1 << 16)
        configuration.idleMarkDelay = .seconds(3600)
        let opened = try OpenedJournal(configuration, SimulatedFileSystem())
        var records = try opened.appendDurably([payload(2_000)])
        do {
            let batch = try opened.journal.makeBatch()
            // The last one does not fit into the chunk; one of the others would, at the same position.
            for size in [300, 300, 300, 300, 300, 600] {
                try payload(size, seed: 9).withUnsafeBytes { _ = try batch.append(kind: 1, $0) }
            }
        }
        records += try opened.appendDurably((0..<6).map { payload(300, seed: UInt64($0)) })
        for record in records {
            let reader = JournalReader(opened.journal, from: record.position)
            #expect(try reader.next().map { StoredRecord($0) } == record)
        }
        try opened.journal.close()
    }

    @Test func damageIsFoundWhileReading() throws {
        let fileSystem = SimulatedFileSystem()
        var configuration = JournalConfiguration.small()
        configuration.recentBytesMax = 0
        let opened = try OpenedJournal(configuration, fileSystem)
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
