/// A moment as the core is told it: it has no clock of its own.
package struct CoreTime: Sendable, Hashable {
    /// Nanoseconds of a clock that never goes back; leases are measured with it.
    package var monotonic: UInt64
    /// Microseconds since 1970 (UTC); what the audit trail shows and message age is measured with.
    package var wall: Int64

    package init(monotonic: UInt64, wall: Int64) {
        self.monotonic = monotonic
        self.wall = wall
    }
}
