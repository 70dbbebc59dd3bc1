internal import CMQBrokerCore
internal import Glibc

/// The clocks of this machine as the core wants them.
enum BrokerClock {
    static func now() -> CoreTime {
        var monotonic = timespec()
        // CLOCK_BOOTTIME goes on while the machine sleeps: a lease must not outlive a suspended laptop.
        clock_gettime(CLOCK_BOOTTIME, &monotonic)
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        return CoreTime(
            monotonic: UInt64(monotonic.tv_sec) * 1_000_000_000 + UInt64(monotonic.tv_nsec),
            wall: Int64(wall.tv_sec) * 1_000_000 + Int64(wall.tv_nsec) / 1_000
        )
    }
}
