import CMQJournal
import Foundation
import Synchronization
import Testing

@Suite struct CrashTests {
    /// What happened until a run ended, by its own end or by a failure.
    struct Run {
        var appended: [StoredRecord] = []
        var durable: JournalPosition = 0
        var failure: JournalError?
    }

    static let configuration = JournalConfiguration.small(segmentBytes: 640, spares: 1)

    /// Batches over several segments, checkpoints and retirement, on a journal that may fail at any point.
    static func work(on fileSystem: SimulatedFileSystem, watching: ((Progress) -> Void)? = nil) -> Run {
        var run = Run()
        do {
            for round in 0..<2 {
                let opened = try OpenedJournal(configuration, fileSystem)
                watching?(opened.progress)
                defer {
                    try? opened.journal.close()
                    run.durable = max(run.durable, opened.progress.durable)
                    run.failure = run.failure ?? opened.progress.failures.first
                }
                for step in 0..<6 {
                    let contents = [payload(step * 40, seed: UInt64(round)), payload(100), payload(step)]
                    run.appended += try opened.append(contents)
                    let end = run.appended[run.appended.count - 1].nextPosition
                    if step % 2 == 1, opened.progress.wait(for: end) {
                        try? opened.writeCheckpoint(at: end, Array("\(end)".utf8))
                        opened.journal.retire { _ in step >= 3 }
                    }
                }
            }
        } catch {
            run.failure = run.failure ?? error as? JournalError
        }
        return run
    }

    /// Opens what is left and compares: nothing durable is lost, nothing is wrong, nothing is skipped.
    static func check(_ disk: SimulatedFileSystem.Disk, against run: Run, _ comment: String) throws {
        let fileSystem = SimulatedFileSystem(disk: disk)
        var opened = try OpenedJournal(configuration, fileSystem)
        let start = opened.report.checkpointPosition ?? 0
        if let checkpoint = opened.checkpoint { #expect(checkpoint == Array("\(start)".utf8), "\(comment)") }
        let expected = run.appended.filter { $0.position >= start }
        #expect(opened.records == Array(expected.prefix(opened.records.count)), "\(comment)")
        let end = opened.records.last?.nextPosition ?? start
        #expect(end >= expected.last { $0.nextPosition <= run.durable }?.nextPosition ?? 0, "\(comment)")
        let more = try opened.appendDurably([payload(77, seed: 9), payload(300, seed: 9)])
        let records = opened.records
        try opened.journal.close()
        opened = try OpenedJournal(configuration, fileSystem)
        #expect(opened.records == records + more, "\(comment)")
        try opened.journal.close()
    }

    /// The disks as they were at each step, with what had been reported durable by then.
    final class Recorder: Sendable {
        let moments = Mutex<[(disk: SimulatedFileSystem.Disk, durable: JournalPosition)]>([])
        let progress = Mutex<[Progress]>([])

        func note(_ disk: SimulatedFileSystem.Disk) {
            let durable = progress.withLock { $0.map(\.durable).max() ?? 0 }
            moments.withLock { $0.append((disk, durable)) }
        }
    }

    static func recorded(
        lies: Bool = false,
        available: UInt64 = .max
    ) throws -> (run: Run, moments: [(disk: SimulatedFileSystem.Disk, durable: JournalPosition)]) {
        let fileSystem = SimulatedFileSystem()
        let recorder = Recorder()
        fileSystem.change { state in
            state.lies = lies
            state.available = available
            state.observer = { recorder.note($0) }
        }
        let run = work(on: fileSystem) { progress in recorder.progress.withLock { $0.append(progress) } }
        #expect(run.failure == nil)
        return (run, recorder.moments.withLock { $0 })
    }

    /// With little space no spare files are made, and those there are come from retired segments.
    @Test(arguments: [.max, 4000] as [UInt64])
    func aPowerCutAtAnyMomentKeepsWhatWasReportedDurable(available: UInt64) throws {
        var (run, moments) = try Self.recorded(available: available)
        #expect(moments.count > 100)
        for (index, moment) in moments.enumerated() {
            run.durable = moment.durable
            for seed in 0..<3 {
                let disk = moment.disk.afterPowerCut(seed: UInt64(index * 3 + seed))
                try Self.check(disk, against: run, "step \(index), seed \(seed)")
            }
        }
    }

    @Test func aKillAtAnyMomentKeepsWhatWasReportedDurable() throws {
        var (run, moments) = try Self.recorded()
        for (index, moment) in moments.enumerated() {
            run.durable = moment.durable
            try Self.check(moment.disk, against: run, "step \(index)")
        }
    }

    @Test func aDiskThatLiesLosesTheEndOrIsRefusedButNeverGivesWrongData() throws {
        let (run, moments) = try Self.recorded(lies: true)
        var opened = 0
        for (index, moment) in moments.enumerated() {
            let disk = moment.disk.afterPowerCut(seed: UInt64(index))
            guard let journal = try? OpenedJournal(Self.configuration, SimulatedFileSystem(disk: disk)) else {
                continue
            }
            let start = journal.report.checkpointPosition ?? 0
            let expected = run.appended.filter { $0.position >= start }
            #expect(journal.records == Array(expected.prefix(journal.records.count)), "step \(index)")
            try journal.journal.close()
            opened += 1
        }
        #expect(opened > 0)
    }

    @Test func afterAFailedSyncNothingIsTakenAndNothingIsRetried() throws {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(.small(), fileSystem)
        let first = try opened.appendDurably([payload(10)])
        fileSystem.change { $0.fail(.syncData, inCalls: 1) }
        let second = try opened.append([payload(20)])
        #expect(!opened.progress.wait(for: second[0].nextPosition))
        #expect(opened.progress.failures.map(\.code) == [.system])
        #expect(opened.progress.failures.first?.errno == EIO)
        #expect(opened.progress.failures.first?.path == "/journal/0000000000000000.segment")
        let syncs = fileSystem.count(.syncData)
        let refused = #expect(throws: JournalError.self) { try opened.journal.makeBatch() }
        #expect(refused?.code == .system)
        #expect(throws: JournalError.self) { try opened.journal.close() }
        #expect(fileSystem.count(.syncData) == syncs)
        #expect(opened.progress.failures.count == 1)
        #expect(opened.progress.durable == first[0].nextPosition)
    }

    /// The kernel shows pages of a failed sync as if they were on disk.
    @Test func whatIsReadBackAfterAFailedSyncIsMadeDurableBeforeItIsBuiltUpon() throws {
        let fileSystem = SimulatedFileSystem()
        var opened = try OpenedJournal(.small(), fileSystem)
        let first = try opened.appendDurably([payload(10)])
        fileSystem.change { $0.fail(.syncData, inCalls: 1) }
        let second = try opened.append([payload(600)])
        #expect(throws: JournalError.self) { try opened.journal.close() }
        opened = try OpenedJournal(.small(), fileSystem, starts: false)
        #expect(opened.records == first + second)
        let disk = fileSystem.disk.afterPowerCut(seed: 0)
        try opened.journal.close()
        opened = try OpenedJournal(.small(), SimulatedFileSystem(disk: disk), starts: false)
        #expect(opened.records == first + second)
        try opened.journal.close()
    }
}
