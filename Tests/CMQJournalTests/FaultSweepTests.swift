import CMQJournal
import Foundation
import Synchronization
import Testing

/// Lets each call to the disk go wrong in each way, one after the other, until a run ends without meeting its fault.
@Suite struct FaultSweepTests {
    /// What the disk holds before a run.
    enum Beginning: CaseIterable {
        case nothing
        /// What a power cut left in the middle of a batch: the start has something to repair.
        case tornLog
    }

    /// Set by `make test-faults`.
    private static let seeds = ProcessInfo.processInfo.environment["CMQ_FAULT_SEEDS"].flatMap { UInt64($0) } ?? 1

    @Test(arguments: DiskFault.all, Beginning.allCases)
    func whatWasDurableIsThereWhicheverCallGoesWrong(fault: DiskFault, beginning: Beginning) throws {
        for seed in 0..<Self.seeds {
            let (disk, before) = try Self.begin(beginning, seed: seed)
            var fault = fault
            while meets(fault, on: disk, after: before, seed: seed, "\(fault), \(beginning), seed \(seed)") {
                fault.number += 1
            }
            #expect(fault.number > 1, "\(fault) never happened")
        }
    }

    /// - Returns: whether the fault happened.
    private func meets(
        _ fault: DiskFault,
        on disk: SimulatedFileSystem.Disk,
        after before: FaultWorkload,
        seed: UInt64,
        _ comment: String
    ) -> Bool {
        var workload = before
        let fileSystem = SimulatedFileSystem(disk: disk)
        fileSystem.change { $0.fault = fault }
        workload.isDiskHonest = !fault.losesWhatWasWritten
        workload.run(on: fileSystem)
        #expect(workload.problems == [], "\(comment)")
        judgeFailures(of: workload, fault, comment)
        let last = FaultWorkload.Moment(
            disk: fileSystem.disk,
            appended: workload.appended,
            durable: workload.durable
        )
        var random = SeededGenerator(seed: seed << 32 | UInt64(fault.number))
        judge(last, isPowerCut: false, fault, &random, comment)
        judge(last, isPowerCut: true, fault, &random, comment)
        judge(last, isPowerCut: true, dropsAll: true, fault, &random, comment)
        if let moment = workload.moments.randomElement(using: &random) {
            judge(moment, isPowerCut: true, fault, &random, comment)
        }
        return fileSystem.state.withLock { $0.isFaultReached }
    }

    /// Each failure names the file, the reason and the remedy.
    private func judgeFailures(of workload: FaultWorkload, _ fault: DiskFault, _ comment: String) {
        for failure in workload.failures {
            #expect(failure.path != nil && !failure.remedy.isEmpty, "\(comment): \(failure)")
            switch fault.outcome {
            case .fails, .failsHalfway:
                #expect(failure.code == .system && failure.errno == fault.errno, "\(comment): \(failure)")
            case .shortens: Issue.record("\(comment): failed though nothing was wrong: \(failure)")
            case .lies: break
            }
        }
    }

    private func judge(
        _ moment: FaultWorkload.Moment,
        isPowerCut: Bool,
        dropsAll: Bool = false,
        _ fault: DiskFault,
        _ random: inout SeededGenerator,
        _ comment: String
    ) {
        let disk =
            isPowerCut ? moment.disk.afterPowerCut(seed: random.next(), dropsAll: dropsAll) : moment.disk
        let isHonest = isPowerCut ? !fault.losesWhatWasSynced : !fault.losesWhatWasWritten
        let (problems, refusal) = FaultWorkload.restart(
            on: disk,
            appended: moment.appended,
            durable: isHonest ? moment.durable : 0
        )
        #expect(problems == [], "\(comment), \(isPowerCut ? "power cut" : "killed")")
        guard let refusal else { return }
        #expect(!isHonest, "\(comment), \(isPowerCut ? "power cut" : "killed"): \(refusal)")
        #expect(refusal.path != nil && !refusal.remedy.isEmpty, "\(comment): \(refusal)")
    }

    private static func begin(
        _ beginning: Beginning,
        seed: UInt64
    ) throws -> (SimulatedFileSystem.Disk, FaultWorkload) {
        switch beginning {
        case .nothing: (SimulatedFileSystem.Disk(), FaultWorkload())
        case .tornLog: try torn(seed: seed)
        }
    }

    /// A disk after a power cut that left part of a batch, and what had been written to it.
    private static func torn(seed: UInt64) throws -> (SimulatedFileSystem.Disk, FaultWorkload) {
        let fileSystem = SimulatedFileSystem()
        let opened = try OpenedJournal(FaultWorkload.configuration, fileSystem)
        var workload = FaultWorkload()
        workload.appended = try opened.appendDurably([payload(100), payload(300), payload(300)])
        let position = workload.appended[1].nextPosition
        try opened.writeCheckpoint(at: position, Array("\(position)".utf8))
        workload.durable = opened.progress.durable
        // Written, but never synced.
        fileSystem.gate.close()
        workload.appended += try opened.append([payload(90), payload(1), payload(100), payload(0)])
        fileSystem.gate.waitForSync()
        let disk = fileSystem.disk
        fileSystem.gate.open()
        try opened.journal.close()
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            let torn = disk.afterPowerCut(seed: random.next())
            let left = try OpenedJournal(FaultWorkload.configuration, SimulatedFileSystem(disk: torn), starts: false)
            try left.journal.close()
            if left.report.droppedBytes > 0 { return (torn, workload) }
        }
        throw TornLogMissing()
    }

    private struct TornLogMissing: Error {}
}
