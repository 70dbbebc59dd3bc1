/// When what a load took is given back to the system: the allocator keeps what was freed in small pieces, and buffers are
/// kept for the next burst.
package struct TrimSchedule {
    /// A smaller backlog is not worth the trouble, and neither is less log.
    private static let backlogMin = 100_000
    private static let bytesMin: UInt64 = 16 << 20
    /// What a broker may log, or have to hand on to the catalog, between two looks at it and still have nothing to do.
    package static let quietBytes: UInt64 = 256 << 10
    /// No more messages may wait where their bodies are given up, too, and read from disk in the end.
    package static let bodilessMax = 1_000

    /// The most messages that waited since memory was given back, and the end of the log then.
    private var most = 0
    private var givenBackEnd: UInt64
    private var lastEnd: UInt64
    /// Whether bodies were left in memory the last time, because too many messages waited for theirs.
    private var keptBodies = false
    /// Whether something else left memory behind; a start does.
    private var hasReason = true

    /// - Parameter end: The end of the log after the start.
    package init(end: UInt64) {
        givenBackEnd = end
        lastEnd = end
    }

    /// Many connections ended, and what they took is free.
    package mutating func connectionsEnded() {
        hasReason = true
    }

    /// Whether there was much to do, or most of a large backlog is gone, and the broker has had next to nothing to do since
    /// it was last asked.
    ///
    /// - Parameters:
    ///   - waiting: Messages that are not settled.
    ///   - end: The end of the log.
    package mutating func isDue(waiting: Int, end: UInt64) -> Bool {
        let isQuiet = end - lastEnd <= Self.quietBytes
        lastEnd = end
        most = max(most, waiting)
        let isBacklogGone = most >= Self.backlogMin && waiting <= most / 2
        let canLeaveBodies = waiting <= Self.bodilessMax
        let isDue = isBacklogGone || hasReason || keptBodies && canLeaveBodies || end - givenBackEnd >= Self.bytesMin
        guard isQuiet, isDue else { return false }
        hasReason = false
        keptBodies = !canLeaveBodies
        most = waiting
        givenBackEnd = end
        return true
    }
}
