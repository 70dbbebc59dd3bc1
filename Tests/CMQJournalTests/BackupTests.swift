import CMQJournal
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct BackupTests {
    /// Copies a journal again and again while it is written, checkpointed and retired as fast as can be.
    @Test func everyCopyOfAJournalAtWorkHoldsWhatWasDurableBefore() async throws {
        let directory = try TemporaryDirectory()
        var configuration = JournalConfiguration.small(segmentBytes: 4096, spares: 1)
        configuration.directory = directory.file("journal")
        let opened = try OpenedJournal(configuration, LocalFileSystem())
        let copies = Atomic(0)
        let path = configuration.directory
        let copying = Task.detached {
            for number in 0..<15 {
                let known = opened.progress.durable
                let target = directory.file("copy-\(number)")
                let found = try JournalBackup(directory: path).run(to: target)
                #expect(found.problems.isEmpty)
                #expect(found.endPosition >= known, "copy \(number)")
                copies.store(number + 1, ordering: .releasing)
            }
        }
        var step = 0
        var records: [StoredRecord] = []
        while copies.load(ordering: .acquiring) < 15, step < 1_000_000 {
            records += try opened.append([payload(step % 200, seed: UInt64(step)), payload(40)])
            if step % 40 == 39, let last = records.last {
                opened.progress.wait(for: last.nextPosition)
                try opened.writeCheckpoint(at: last.nextPosition, Array("\(last.nextPosition)".utf8))
                opened.journal.retire { _ in true }
            }
            step += 1
            await Task.yield()
        }
        try await copying.value
        try opened.journal.close()
        for number in 0..<15 {
            var copy = configuration
            copy.directory = directory.file("copy-\(number)")
            let started = try OpenedJournal(copy, LocalFileSystem(), starts: false)
            try started.journal.close()
            let start = started.report.checkpointPosition ?? 0
            #expect(started.checkpoint.map { $0 == Array("\(start)".utf8) } ?? true)
            let expected = records.filter { $0.position >= start }
            #expect(started.records == Array(expected.prefix(started.records.count)), "copy \(number)")
        }
    }

    @Test func aDamagedJournalIsNotCopiedAndATakenPlaceIsNotOverwritten() throws {
        var (disk, _, _) = try DamageTests.written()
        let fileSystem = SimulatedFileSystem(disk: disk)
        let backup = JournalBackup(directory: "/journal", fileSystem: fileSystem)
        _ = try backup.run(to: "/backup")
        let taken = #expect(throws: JournalError.self) { try backup.run(to: "/backup") }
        #expect(taken?.code == .targetExists)
        disk["0000000000000000.segment"][4096 + 60] ^= 1
        let damaged = JournalBackup(directory: "/journal", fileSystem: SimulatedFileSystem(disk: disk))
        let error = #expect(throws: JournalError.self) { try damaged.run(to: "/other") }
        #expect(error?.code == .corruptSegment)
        #expect(error?.path == "/journal/0000000000000000.segment")
    }
}
