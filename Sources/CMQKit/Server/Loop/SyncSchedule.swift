/// Decides which thread waits for the disk.
///
/// While little is going on, the loop does so itself: handing the batch to the journal's thread and back takes about as
/// long as a quick disk. With much to do, or on a slow disk, it goes on working meanwhile.
struct SyncSchedule {
    /// More records than this are worth two changes of threads.
    static let recordsMax = 16
    /// In nanoseconds: whoever else wants something from the loop waits so long.
    static let slowNanoseconds: UInt64 = 2_000_000
    /// After a slow sync, in nanoseconds.
    static let pauseNanoseconds: UInt64 = 1_000_000_000

    private var began: UInt64 = 0
    private var pausedUntil: UInt64 = 0

    /// Whether the loop writes and syncs a batch of `records` records itself, which it then begins to do.
    ///
    /// - Parameter now: The monotonic clock, in nanoseconds.
    mutating func isHere(records: Int, now: UInt64) -> Bool {
        guard records <= Self.recordsMax, now >= pausedUntil else { return false }
        began = now
        return true
    }

    /// The sync is done.
    mutating func ended(at now: UInt64) {
        if now - began > Self.slowNanoseconds { pausedUntil = now + Self.pauseNanoseconds }
    }
}
