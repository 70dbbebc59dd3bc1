/// When what a load took is given back to the system: the allocator keeps what was freed in small pieces, and buffers are
/// kept for the next burst.
package struct TrimSchedule {
    /// A smaller backlog is not worth the trouble, and neither is less log.
    private static let backlogMin = 100_000
    private static let bytesMin: UInt64 = 16 << 20

    /// The most messages that waited since memory was given back, and the end of the log then.
    private var most = 0
    private var givenBackEnd: UInt64
    private var lastEnd: UInt64
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

    /// Whether there was much to do, or most of a large backlog is gone, and the broker has had nothing to do since it was
    /// last asked.
    ///
    /// - Parameters:
    ///   - waiting: Messages that are not settled.
    ///   - end: The end of the log.
    package mutating func isDue(waiting: Int, end: UInt64) -> Bool {
        let isQuiet = end == lastEnd
        lastEnd = end
        most = max(most, waiting)
        let isBacklogGone = most >= Self.backlogMin && waiting <= most / 2
        let isDue = isBacklogGone || hasReason || end - givenBackEnd >= Self.bytesMin
        guard isQuiet, isDue else { return false }
        hasReason = false
        most = waiting
        givenBackEnd = end
        return true
    }
}
