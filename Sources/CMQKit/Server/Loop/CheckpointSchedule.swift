internal import CMQJournal

/// When a checkpoint is due: after so much journal that writing it is cheap next to what was written anyway.
struct CheckpointSchedule {
    struct Snapshot: Sendable {
        var position: JournalPosition
        var bytes: [UInt8]
    }

    private let intervalBytes: Int
    private var last: JournalPosition
    private var lastBytes = 0
    /// Taken, but not durable in the journal up to its position yet.
    var waiting: Snapshot?
    var isWriting = false

    init(intervalBytes: Int, last: JournalPosition) {
        self.intervalBytes = intervalBytes
        self.last = last
    }

    func isDue(at position: JournalPosition) -> Bool {
        waiting == nil && !isWriting && position - last >= JournalPosition(max(intervalBytes, 2 * lastBytes))
    }

    /// Whether there is anything that the last checkpoint does not have.
    func isStale(at position: JournalPosition) -> Bool { position > last }

    mutating func took(_ snapshot: Snapshot) {
        waiting = snapshot
        last = snapshot.position
        lastBytes = snapshot.bytes.count
    }
}
