import CMQBrokerCore
import CMQJournal
import CMQWire
import Foundation

/// Starts from a journal as a broker does, then hands out and settles all that waits.
struct Drainer {
    private var core = BrokerCore(limits: MeasureBacklog.limits)
    private let journal: Journal
    private let session = SessionID(1)

    init(directory: String) throws {
        let idle = Memory.resident
        var core = core
        var opened: Journal?
        var replayed = 0
        let seconds = try MeasureBacklog.seconds {
            opened = try Journal.open(
                JournalConfiguration(directory: directory),
                onCheckpoint: { checkpoint in
                    let bytes = try checkpoint.readAll()
                    try bytes.withUnsafeBytes { try core.restore(checkpoint: $0) }
                },
                onRecord: { record in
                    let decoded = try BrokerRecord.decode(kind: record.kind, payload: record.payload)
                    try core.replay(decoded.record, at: record.position)
                    replayed += 1
                }
            ).journal
            core.finishRecovery()
        }
        guard let opened else { throw CocoaError(.fileNoSuchFile) }
        (self.core, journal) = (core, opened)
        core = BrokerCore()
        let waiting = Double(self.core.statistics(now: MeasureBacklog.now()).queues.reduce(0) { $0 + $1.ready })
        MeasureBacklog.report([
            "messages": waiting,
            "start_seconds": seconds,
            "replayed_records": Double(replayed),
            "bytes_per_message": (Memory.resident - idle) / max(waiting, 1),
            "peak_bytes_per_message": (Memory.peak - idle) / max(waiting, 1),
        ])
    }

    /// The core's part only: what it hands out is in the journal's files.
    mutating func drain() {
        var effects = Effects()
        core.connected(session, identity: "receiver")
        let waiting = core.statistics(now: MeasureBacklog.now()).queues.reduce(0) { $0 + $1.ready }
        let seconds = MeasureBacklog.seconds {
            core.consume("backlog", prefetch: 1_000, session: session, now: MeasureBacklog.now(), effects: &effects)
            while true {
                let now = MeasureBacklog.now()
                let handedOut = effects.encoded.records.compactMap { record in
                    if case .delivered(let copy, _) = record { copy.id } else { nil }
                }
                let bytes = effects.outputs.reduce(0) { sum, output in
                    if case .delivery(_, let delivery) = output { sum + delivery.size } else { sum }
                }
                effects.removeAll()
                guard !handedOut.isEmpty else { return }
                core.outputTaken(session: session, bytes: bytes, now: now, effects: &effects)
                for id in handedOut { core.acknowledge(id, session: session, now: now, effects: &effects) }
            }
        }
        MeasureBacklog.report([
            "drained_per_second": Double(waiting) / seconds,
            "left": Double(core.statistics(now: MeasureBacklog.now()).queues.reduce(0) { $0 + $1.ready }),
            "resident_megabytes": Memory.resident / 1e6,
        ])
    }
}
