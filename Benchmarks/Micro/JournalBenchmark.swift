internal import CMQJournal
internal import Foundation
internal import Synchronization

/// Records into the journal's memory and from there to the disk, the writer's thread included.
final class JournalBenchmark: Microbenchmark {
    static let name = "journal-append"
    private let directory: URL
    private let journal: Journal
    private let progress = DurableProgress()
    private let payload = [UInt8](repeating: UInt8(ascii: "x"), count: 1_024)

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("cmq-microbenchmark-\(UUID())")
        var configuration = JournalConfiguration(directory: directory.path)
        configuration.lowWaterBytes = 0
        configuration.segmentBytes = 64 << 20
        configuration.spareSegments = 0
        // Otherwise a slow machine would write marks that a fast one does not.
        configuration.idleMarkDelay = .seconds(3_600)
        (journal, _) = try Journal.open(configuration, onCheckpoint: { _ in }, onRecord: { _ in })
        try journal.start(
            onDurable: { [progress] in progress.note($0) },
            onFailure: { [progress] _ in progress.note(.max) }
        )
    }

    func runRound() throws {
        let batch = try journal.makeBatch()
        var end: JournalPosition = 0
        for _ in 0..<messagesOfRound {
            end = try payload.withUnsafeBytes { try batch.append(kind: 1, $0) }.nextPosition
        }
        try journal.commit(batch)
        progress.wait(for: end)
        guard journal.durableThrough >= end else { throw WrongResult(description: "the journal has failed") }
    }

    func finish() throws {
        try journal.close()
        try FileManager.default.removeItem(at: directory)
    }
}

/// Hands the journal's progress from its thread to ours.
private final class DurableProgress: Sendable {
    private let condition = NSCondition()
    private let position = Mutex<JournalPosition>(0)

    func note(_ reached: JournalPosition) {
        condition.withLock {
            position.withLock { $0 = reached }
            condition.broadcast()
        }
    }

    func wait(for wanted: JournalPosition) {
        condition.withLock {
            while position.withLock({ $0 }) < wanted { condition.wait() }
        }
    }
}
