internal import CMQBrokerCore
internal import CMQJournal

/// When a checkpoint is due: after so much journal that writing it is cheap next to what was written anyway.
struct CheckpointSchedule {
    struct Snapshot: Sendable {
        var position: JournalPosition
        var state: BrokerCore.Snapshot
    }

    private let intervalBytes: Int
    private var last: JournalPosition
    private var lastBytes = 0
    /// Taken, but not durable in the journal up to its position yet.
    var waiting: Snapshot?
    private(set) var isWriting = false

    init(intervalBytes: Int, last: JournalPosition) {
        self.intervalBytes = intervalBytes
        self.last = last
    }

    func isDue(at position: JournalPosition) -> Bool {
        waiting == nil && !isWriting && position - last >= JournalPosition(max(intervalBytes, 2 * lastBytes))
    }

    /// Whether there is anything that the last checkpoint does not have.
    func isStale(at position: JournalPosition) -> Bool { position > last }

    /// The snapshot that waits, to be written now.
    mutating func takeWaiting() -> Snapshot? {
        guard !isWriting, let snapshot = waiting else { return nil }
        waiting = nil
        isWriting = true
        return snapshot
    }

    mutating func took(_ snapshot: Snapshot) {
        waiting = snapshot
        last = snapshot.position
    }

    /// - Parameter bytes: the length of the checkpoint, or `nil` when it could not be written.
    mutating func wrote(_ bytes: Int?) {
        isWriting = false
        if let bytes { lastBytes = bytes }
    }
}
