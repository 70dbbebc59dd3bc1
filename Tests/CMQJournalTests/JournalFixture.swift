import CMQJournal
import Foundation
import Synchronization

/// A record as a test remembers it.
struct StoredRecord: Equatable, Sendable, CustomStringConvertible {
    var position: JournalPosition
    var kind: UInt8
    var payload: [UInt8]

    init(_ record: JournalRecord) {
        position = record.position
        kind = record.kind
        payload = [UInt8](record.payload)
    }

    init(position: JournalPosition, kind: UInt8, payload: [UInt8]) {
        self.position = position
        self.kind = kind
        self.payload = payload
    }

    var description: String { "\(kind)@\(position)[\(payload.count)]" }
}

/// What the journal reported, and a way to wait for it.
final class Progress: Sendable {
    private struct State {
        var durable: [JournalPosition] = []
        var failures: [JournalError] = []
    }

    private nonisolated(unsafe) var state = State()
    private let condition = NSCondition()

    var durableReports: [JournalPosition] { condition.withLock { state.durable } }
    var durable: JournalPosition { condition.withLock { state.durable.last ?? 0 } }
    var failures: [JournalError] { condition.withLock { state.failures } }

    func note(durable position: JournalPosition) {
        condition.withLock {
            state.durable.append(position)
            condition.broadcast()
        }
    }

    func note(failure: JournalError) {
        condition.withLock {
            state.failures.append(failure)
            condition.broadcast()
        }
    }

    /// Waits until all before `position` is durable or the journal has failed; says which.
    @discardableResult
    func wait(for position: JournalPosition) -> Bool {
        condition.withLock {
            while state.durable.last ?? 0 < position && state.failures.isEmpty { condition.wait() }
            return state.durable.last ?? 0 >= position
        }
    }
}

/// An open journal with what it handed over.
struct OpenedJournal {
    let journal: Journal
    let report: RecoveryReport
    let checkpoint: [UInt8]?
    let records: [StoredRecord]
    let progress = Progress()

    init(_ configuration: JournalConfiguration, _ fileSystem: any JournalFileSystem, starts: Bool = true) throws {
        var checkpoint: [UInt8]?
        var records: [StoredRecord] = []
        (journal, report) = try Journal.open(
            configuration,
            fileSystem: fileSystem,
            onCheckpoint: { checkpoint = try $0.readAll() },
            onRecord: { records.append(StoredRecord($0)) }
        )
        self.checkpoint = checkpoint
        self.records = records
        if starts {
            try journal.start(
                onDurable: { [progress] in progress.note(durable: $0) },
                onFailure: { [progress] in progress.note(failure: $0) }
            )
        }
    }

    /// Commits one batch of these payloads, with kinds from 1 on.
    ///
    /// - Parameter here: Whether this thread is to write it.
    @discardableResult
    func append(_ payloads: [[UInt8]], here: Bool = false) throws -> [StoredRecord] {
        let batch = try journal.makeBatch()
        var records: [StoredRecord] = []
        for (index, payload) in payloads.enumerated() {
            let kind = UInt8(index % 200 + 1)
            let placement = try payload.withUnsafeBytes { try batch.append(kind: kind, $0) }
            records.append(StoredRecord(position: placement.position, kind: kind, payload: payload))
        }
        _ = try here ? journal.commitHere(batch) : journal.commit(batch)
        return records
    }

    /// Commits and waits until it is durable.
    @discardableResult
    func appendDurably(_ payloads: [[UInt8]]) throws -> [StoredRecord] {
        let records = try append(payloads)
        if let last = records.last { progress.wait(for: last.nextPosition) }
        return records
    }

    func writeCheckpoint(at position: JournalPosition, _ content: [UInt8]) throws {
        try journal.writeCheckpoint(position: position) { writer in
            try content.withUnsafeBytes { try writer.write($0) }
        }
    }
}

extension StoredRecord {
    var nextPosition: JournalPosition { position + UInt64((16 + payload.count + 7) / 8 * 8) }
}

extension JournalConfiguration {
    /// Small segments without background work, in the simulated directory.
    static func small(segmentBytes: Int = 1024, spares: Int = 0) -> JournalConfiguration {
        var configuration = JournalConfiguration(directory: "/journal")
        configuration.segmentBytes = segmentBytes
        configuration.spareSegments = spares
        configuration.chunkBytes = 4096
        configuration.lowWaterBytes = 0
        configuration.spareInterval = .zero
        return configuration
    }
}

func payload(_ size: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(size))
    return (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
}

/// The error of a journal that must not open.
func refusal(_ configuration: JournalConfiguration, _ fileSystem: any JournalFileSystem) -> JournalError? {
    do {
        let opened = try OpenedJournal(configuration, fileSystem, starts: false)
        try opened.journal.close()
        return nil
    } catch {
        return error as? JournalError
    }
}
