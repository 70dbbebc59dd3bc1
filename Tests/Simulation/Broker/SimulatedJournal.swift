import CMQBrokerCore

/// A journal in memory. Positions count records; a record's place is its number.
///
/// What is appended is written with its batch and durable with a later sync. A crash keeps everything durable
/// and, like a disk, any number of the records behind it that were written, but never one after a gap.
final class SimulatedJournal {
    struct Stored {
        var record: BrokerRecord
        var payload: [UInt8]
    }

    struct Checkpoint {
        var position: Int
        var bytes: [UInt8]
        /// What the model knew then.
        var model: ModelBroker
    }

    private(set) var records: [Stored] = []
    /// The number of the first one that is still kept here.
    private(set) var base = 0
    private(set) var written = 0
    private(set) var durable = 0
    /// Old to new; the first is the empty broker, as long as all records are kept.
    private(set) var checkpoints: [Checkpoint] = []
    /// Ends of retired segments of the current incarnations, for bodies that must not be asked for any more.
    private(set) var retired: Set<Int> = []

    /// The disk has room for what frees it, and not for messages.
    var isLowOnSpace = false

    private static let recordsKept = 12_000
    let segmentRecords: Int

    init(segmentRecords: Int, limits: CoreLimits) {
        self.segmentRecords = segmentRecords
        checkpoints = [
            Checkpoint(position: 0, bytes: BrokerCore(limits: limits).checkpoint(), model: ModelBroker(limits: limits))
        ]
    }

    var end: Int { base + records.count }

    func append(_ record: BrokerRecord) -> Int {
        var payload: [UInt8] = []
        record.encode(into: &payload)
        if case .published(let published) = record {
            payload += [UInt8](repeating: UInt8(ascii: " "), count: published.lineBytes)
        }
        records.append(Stored(record: record, payload: payload))
        return end - 1
    }

    /// The batch that is open goes to the disk.
    func commit() {
        written = end
    }

    /// Everything up to `position` is on the disk for good.
    func sync(through position: Int) {
        durable = max(durable, position)
    }

    /// The machine stops: `extra` records behind the durable ones happen to be on the disk.
    func crash(keeping extra: Int) {
        let kept = min(durable + extra, written)
        records.removeLast(end - kept)
        written = kept
        durable = kept
    }

    func record(at position: Int) -> BrokerRecord { records[position - base].record }

    // MARK: Checkpoints and segments

    func store(_ checkpoint: Checkpoint) {
        checkpoints.append(checkpoint)
        while checkpoints.count > 2, end - checkpoints[0].position > Self.recordsKept {
            checkpoints.removeFirst()
        }
        if checkpoints[0].position > base {
            records.removeFirst(checkpoints[0].position - base)
            base = checkpoints[0].position
        }
    }

    var newestCheckpoint: Checkpoint { checkpoints[checkpoints.count - 1] }

    /// Gives up segments before the newest checkpoint, without the one that is written to.
    func retire(where shouldRetire: (Range<Int>) -> Bool) {
        let last = end / segmentRecords
        for segment in (base / segmentRecords)..<max(last, base / segmentRecords) where !retired.contains(segment) {
            let extent = segment * segmentRecords..<(segment + 1) * segmentRecords
            guard extent.upperBound <= newestCheckpoint.position, shouldRetire(extent) else { continue }
            retired.insert(segment)
        }
    }

    func isRetired(_ position: Int) -> Bool { retired.contains(position / segmentRecords) }

    // MARK: Recovery

    /// The core that a start would build from `checkpoint` and what follows.
    func recover(
        from checkpoint: Checkpoint,
        limits: CoreLimits,
        skipping skipped: Int = 0
    ) throws(Violation)
        -> BrokerCore
    {
        var core = BrokerCore(limits: limits)
        do {
            try checkpoint.bytes.withUnsafeBytes { try core.restore(checkpoint: $0) }
            for position in min(checkpoint.position + skipped, end)..<end {
                let stored = records[position - base]
                let decoded = try stored.payload.withUnsafeBytes {
                    try BrokerRecord.decode(kind: stored.record.kind.rawValue, payload: $0).record
                }
                try require(decoded == stored.record, .recoveryAgrees, "record \(position) reads back as \(decoded)")
                try core.replay(decoded, at: UInt64(position))
            }
        } catch let violation as Violation {
            throw violation
        } catch {
            throw Violation(.recoveryAgrees, "the journal's own records are refused: \(error)")
        }
        core.finishRecovery()
        return core
    }
}
