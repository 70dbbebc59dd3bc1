import CMQJournal
import Foundation
import Testing

@Suite struct CheckpointTests {
    @Test func aLargeStateIsStreamedInAndOut() throws {
        let fileSystem = SimulatedFileSystem()
        var opened = try OpenedJournal(.small(), fileSystem)
        let records = try opened.appendDurably([payload(10), payload(20)])
        let state = payload(3 << 20 + 17)
        try opened.journal.writeCheckpoint(position: records[0].nextPosition) { writer in
            for start in stride(from: 0, to: state.count, by: 700_001) {
                let part = state[start..<min(start + 700_001, state.count)]
                try part.withUnsafeBytes { try writer.write($0) }
            }
        }
        try opened.journal.close()
        opened = try OpenedJournal(.small(), fileSystem)
        #expect(opened.checkpoint == state)
        #expect(opened.records == [records[1]])
        try opened.journal.close()
    }

    @Test func twoAreKept() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(), fileSystem)
        var names: [String] = []
        for step in 0..<5 {
            let position = try opened.appendDurably([payload(10)])[0].nextPosition
            try opened.writeCheckpoint(at: position, [UInt8(step)])
            names.append(position.name(".checkpoint"))
        }
        #expect(fileSystem.disk.fileNames.filter { $0.hasSuffix("checkpoint") } == Array(names.suffix(2)))
        #expect(opened.journal.checkpointPosition?.name(".checkpoint") == names.last)
        try opened.journal.close()
    }

    @Test func onlyWhatIsDurableMayBeCheckpointedAndInOrder() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(segmentBytes: 4096), fileSystem)
        let first = try opened.appendDurably([payload(10)])[0].nextPosition
        fileSystem.gate.close()
        let second = try opened.append([payload(10)])[0].nextPosition
        #expect(throws: JournalError.self) { try opened.writeCheckpoint(at: second, []) }
        fileSystem.gate.open()
        opened.progress.wait(for: second)
        try opened.writeCheckpoint(at: second, [])
        let error = #expect(throws: JournalError.self) { try opened.writeCheckpoint(at: first, []) }
        #expect(error?.code == .checkpointOutOfOrder)
        try opened.journal.close()
    }

    @Test func aFailedCheckpointLeavesThePreviousOneAndNoRubbish() throws {
        struct Refused: Error {}
        let fileSystem = SimulatedFileSystem()
        var opened = try OpenedJournal(.small(), fileSystem)
        let first = try opened.appendDurably([payload(10)])
        try opened.writeCheckpoint(at: first[0].nextPosition, [1])
        let second = try opened.appendDurably([payload(10)])
        let error = #expect(throws: JournalError.self) {
            try opened.journal.writeCheckpoint(position: second[0].nextPosition) { _ in throw Refused() }
        }
        #expect(error?.cause is Refused)
        #expect(opened.journal.checkpointPosition == first[0].nextPosition)
        #expect(!fileSystem.disk.fileNames.contains { $0.hasSuffix(".tmp") })
        try opened.journal.close()
        opened = try OpenedJournal(.small(), fileSystem)
        #expect(opened.checkpoint == [1])
        #expect(opened.records == second)
        try opened.journal.close()
    }
}
