/// When the catalog's memory is released: after much was written, as soon as next to nothing is.
package struct ReleaseSchedule {
    /// Fewer records are not worth the trouble.
    private static let recordsMin = 10_000
    /// So many at once are a load.
    private static let burstMin = 1_000
    private static let restSeconds = 2

    /// Records since memory was released, and those of them that came as a load.
    private var records = 0
    private var burstRecords = 0
    private var lastBurst = ContinuousClock.now

    package init() {}

    /// So many seconds without a record are a reason to ask; `nil` when there is nothing to release.
    package var rest: Int? { records >= Self.recordsMin ? Self.restSeconds : nil }

    package mutating func took(_ count: Int, now: ContinuousClock.Instant) {
        records += count
        guard count >= Self.burstMin else { return }
        burstRecords += count
        lastBurst = now
    }

    /// Whether memory is to be released now.
    ///
    /// - Parameter isIdle: No record came for the time of ``rest``.
    package mutating func isDue(isIdle: Bool, now: ContinuousClock.Instant) -> Bool {
        // What goes on trickling in does not keep what a load took, and does not have it released again and again.
        let isTrickle = burstRecords >= Self.recordsMin && now - lastBurst >= .seconds(Self.restSeconds)
        guard isIdle || isTrickle else { return false }
        self = ReleaseSchedule()
        return true
    }
}
