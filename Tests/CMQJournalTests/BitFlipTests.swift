import CMQJournal
import Foundation
import Testing

/// A flipped bit anywhere in a journal's directory: the right data, or a refusal that names the place. Never a gap.
///
/// `make test` flips one bit of every byte; `make test-bits` flips every bit.
@Suite struct BitFlipTests {
    private static let flipsAll = ProcessInfo.processInfo.environment["CMQ_ALL_BITS"] != nil
    private static let shares = 4
    private static let configuration = JournalConfiguration.small(segmentBytes: 256)

    /// The journal that is damaged, its files but for the lock, and what is in it.
    private struct Whole {
        var disk: SimulatedFileSystem.Disk
        var records: [StoredRecord]
        var checkpoints: [JournalPosition]

        init(checkpoints: Bool, killed: Bool = false) throws {
            (disk, records, self.checkpoints) = try DamageTests.written(checkpoints: checkpoints, killed: killed)
        }

        /// Calls `body` with a share of all single flips.
        func forEachFlip(
            share: Int,
            _ body: (SimulatedFileSystem.Disk, _ name: String, _ offset: Int) throws -> Void
        ) rethrows {
            for name in disk.fileNames where name != "journal.lock" {
                for offset in stride(from: share, to: disk[name].count, by: BitFlipTests.shares) {
                    for bit in 0..<8 where BitFlipTests.flipsAll || bit == (offset / BitFlipTests.shares) % 8 {
                        var damaged = disk
                        damaged[name][offset] ^= 1 << UInt8(bit)
                        try body(damaged, name, offset)
                    }
                }
            }
        }
    }

    @Test(arguments: 0..<shares)
    func eachFlipGivesTheRightDataOrARefusalWithItsPlace(share: Int) throws {
        let whole = try Whole(checkpoints: true)
        var outcomes: [String: Int] = [:]
        try whole.forEachFlip(share: share) { disk, name, offset in
            outcomes[try judge(disk, name, offset, whole), default: 0] += 1
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
        _ whole: Whole
    ) throws -> String {
        do {
            let opened = try OpenedJournal(Self.configuration, SimulatedFileSystem(disk: disk), starts: false)
            try opened.journal.close()
            let start = try #require(opened.report.checkpointPosition, "\(name) \(offset)")
            #expect(opened.checkpoint == Array("state at \(start)".utf8), "\(name) \(offset)")
            #expect(opened.records == whole.records.filter { $0.position >= start }, "\(name) \(offset)")
            if start == whole.checkpoints[1] { return "intact" }
            #expect(name == whole.checkpoints[1].name(".checkpoint"))
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

    /// Without a checkpoint every record has to be read.
    @Test(arguments: 0..<shares)
    func eachFlipOfTheLogAloneIsFound(share: Int) throws {
        let whole = try Whole(checkpoints: false)
        var refused = 0
        try whole.forEachFlip(share: share) { disk, name, offset in
            let fileSystem = SimulatedFileSystem(disk: disk)
            if let error = refusal(Self.configuration, fileSystem) {
                #expect([.corruptSegment, .corruptIdentity].contains(error.code), "\(error)")
                #expect(error.path == "/journal/\(name)", "\(name) \(offset): \(error)")
                refused += 1
            } else {
                let opened = try OpenedJournal(Self.configuration, fileSystem, starts: false)
                #expect(opened.records == whole.records, "\(name) \(offset)")
                try opened.journal.close()
            }
        }
        #expect(refused > 1000)
    }

    /// Nothing vouches for the last batch yet: there a flip may look like a write that was cut off, and cost that batch,
    /// with its place. Whatever was durable before it is there, or its damage is named.
    @Test(arguments: 0..<shares)
    func eachFlipInTheJournalOfAKilledProcessCostsItsLastBatchAtMost(share: Int) throws {
        let whole = try Whole(checkpoints: false, killed: true)
        let last = try #require(whole.records.last)
        var outcomes: [String: Int] = [:]
        try whole.forEachFlip(share: share) { disk, name, offset in
            let place = "\(name) \(offset)"
            let opened: OpenedJournal
            do {
                opened = try OpenedJournal(Self.configuration, SimulatedFileSystem(disk: disk), starts: false)
            } catch let error as JournalError {
                #expect([.corruptSegment, .corruptIdentity].contains(error.code), "\(place): \(error)")
                #expect(error.path == "/journal/\(name)" && error.offset != nil, "\(place): \(error)")
                outcomes["refused", default: 0] += 1
                return
            }
            try opened.journal.close()
            if opened.records == whole.records {
                outcomes["intact", default: 0] += 1
                return
            }
            #expect(opened.records == Array(whole.records.dropLast()), "\(place)")
            #expect(opened.report.endPath == "/journal/\(name)", "\(place): \(opened.report)")
            let end = Int(opened.report.endOffset)
            #expect(end <= offset && offset < end + 24 + Int(last.nextPosition - last.position), "\(place): \(end)")
            #expect(opened.report.droppedBytes > 0, "\(place)")
            outcomes["last batch", default: 0] += 1
        }
        #expect(Set(outcomes.keys) == ["refused", "intact", "last batch"], "\(outcomes)")
        // Its mark, its header and its one byte.
        #expect(outcomes["last batch", default: 0] <= (24 + 16 + 8) * (Self.flipsAll ? 8 : 1) / Self.shares + 1)
    }

    /// What `cmq-admin journal verify` shows agrees with what a start does.
    @Test(arguments: 0..<shares)
    func eachFlipThatAStartRefusesIsSeenByTheInspector(share: Int) throws {
        let whole = try Whole(checkpoints: true)
        var named = 0
        try whole.forEachFlip(share: share) { disk, name, offset in
            let fileSystem = SimulatedFileSystem(disk: disk)
            var shown: [StoredRecord] = []
            let found = try JournalInspector(directory: "/journal", fileSystem: fileSystem).walk { entry in
                guard entry.role == .record, entry.isIntact else { return true }
                shown.append(
                    StoredRecord(position: entry.position, kind: entry.kind, payload: [UInt8](entry.payload))
                )
                return true
            }
            #expect(shown.allSatisfy { whole.records.contains($0) }, "\(name) \(offset)")
            if let problem = found.problems.first {
                #expect(problem.path == "/journal/\(name)" && problem.offset != nil, "\(name) \(offset): \(problem)")
                named += 1
            } else {
                #expect(shown == whole.records, "\(name) \(offset)")
                #expect(refusal(Self.configuration, fileSystem) == nil, "\(name) \(offset)")
            }
        }
        #expect(named > 1000)
    }
}
