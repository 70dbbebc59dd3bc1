/// When what a backlog took is given back to the system: the allocator keeps what was freed in small pieces.
package struct TrimSchedule {
    /// A smaller backlog is not worth the trouble.
    private static let backlogMin = 100_000

    /// The most messages that waited since memory was given back.
    private var most = 0
    private var lastEnd: UInt64 = 0

    package init() {}

    /// Whether most of a large backlog is gone, and the broker has had nothing to do since it was last asked.
    ///
    /// - Parameters:
    ///   - waiting: Messages that are not settled.
    ///   - end: The end of the log.
    package mutating func isDue(waiting: Int, end: UInt64) -> Bool {
        let isQuiet = end == lastEnd
        lastEnd = end
        most = max(most, waiting)
        guard isQuiet, most >= Self.backlogMin, waiting <= most / 2 else { return false }
        most = waiting
        return true
    }
}
