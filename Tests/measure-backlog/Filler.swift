import CMQBrokerCore
import CMQJournal
import CMQWire
import Foundation
import Synchronization

/// Publishes to one queue, with checkpoints as often as a broker takes them.
struct Filler {
    private static let envelopeBytes = 512
    private static let batchMessages = 1_000

    private let journal: Journal
    private var core = BrokerCore(limits: MeasureBacklog.limits)
    private let session = SessionID(1)
    private let idleBytes: Double
    private var checkpointedThrough: JournalPosition = 0
    private var checkpointBytes = 0
    private var snapshotSeconds = 0.0
    private var checkpointSeconds = 0.0

    init(directory: String) throws {
        (journal, _) = try Journal.open(
            JournalConfiguration(directory: directory),
            onCheckpoint: { _ in },
            onRecord: { _ in }
        )
        try journal.start(onDurable: { _ in }, onFailure: { fatalError("\($0)") })
        idleBytes = Memory.resident
    }

    mutating func fill(_ count: Int) throws {
        let now = MeasureBacklog.now()
        var effects = Effects()
        core.connected(session, identity: "publisher")
        core.declareQueue("backlog", session: session, now: now, effects: &effects)
        core.declareExchange("backlog", kind: "direct", session: session, now: now, effects: &effects)
        core.bind("backlog", "backlog", routingKey: "backlog", session: session, now: now, effects: &effects)
        let envelope = [UInt8](repeating: UInt8(ascii: "x"), count: Self.envelopeBytes) + [UInt8(ascii: "\n")]
        let seconds = try MeasureBacklog.seconds {
            for start in stride(from: 0, to: count, by: Self.batchMessages) {
                try publish(min(Self.batchMessages, count - start), envelope, &effects)
                try checkpointIfDue()
            }
        }
        let resident = Memory.resident
        MeasureBacklog.report([
            "messages": Double(count),
            "published_per_second": Double(count) / seconds,
            "bytes_per_message": (resident - idleBytes) / Double(count),
            "peak_bytes_per_message": (Memory.peak - idleBytes) / Double(count),
            "checkpoint_megabytes": Double(checkpointBytes) / 1e6,
            "checkpoint_seconds": checkpointSeconds,
            "snapshot_microseconds": snapshotSeconds * 1e6,
        ])
    }

    private mutating func publish(_ count: Int, _ envelope: [UInt8], _ effects: inout Effects) throws {
        let now = MeasureBacklog.now()
        let batch = try waitForBatch()
        var accepted: [UInt32] = []
        for _ in 0..<count {
            guard let id = MessageID(UUID().uuidString.lowercased()) else { continue }
            let publication = BrokerCore.Publication(
                exchange: "backlog",
                routingKey: "backlog",
                id: id,
                receiver: "receiver",
                size: Self.envelopeBytes
            )
            if let number = core.publish(publication, session: session, now: now, effects: &effects) {
                accepted.append(number)
            }
        }
        precondition(accepted.count == count, "the core refused a message")
        var next = 0
        for entry in effects.encoded.entries {
            let isMessage = entry.kind == .published
            let size = entry.count + (isMessage ? envelope.count : 0)
            let placement = try batch.append(kind: entry.kind.rawValue, payloadSize: size) { payload in
                guard let base = payload.baseAddress else { return }
                effects.encoded.copy(entry, to: base)
                guard isMessage else { return }
                let line = UnsafeMutableRawBufferPointer(rebasing: payload[entry.count...])
                envelope.withUnsafeBytes { line.copyMemory(from: $0) }
            }
            if isMessage {
                core.place(accepted[next], at: placement.position)
                next += 1
            }
        }
        try journal.commit(batch)
        effects.removeAll()
        core.committed(through: core.ticket, now: now, effects: &effects)
    }

    private static let inFlightBytesMax = 48 << 20

    private func waitForBatch() throws -> JournalBatch {
        while journal.inFlightBytes > Self.inFlightBytesMax { usleep(200) }
        return try journal.makeBatch()
    }

    private mutating func checkpointIfDue() throws {
        let end = journal.nextPosition
        guard end - checkpointedThrough >= UInt64(max(256 << 20, 2 * checkpointBytes)) else { return }
        var snapshot: BrokerCore.Snapshot?
        snapshotSeconds = MeasureBacklog.seconds { snapshot = core.snapshot() }
        while journal.durableThrough < end { usleep(200) }
        var bytes = 0
        checkpointSeconds = try MeasureBacklog.seconds {
            try journal.writeCheckpoint(position: end) { writer in
                try snapshot?.encode { piece in
                    bytes += piece.count
                    try piece.withUnsafeBytes { try writer.write($0) }
                }
            }
        }
        (checkpointedThrough, checkpointBytes) = (end, bytes)
    }
}
