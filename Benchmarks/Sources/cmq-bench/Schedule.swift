internal import Histogram

/// When each message is due.
struct Schedule: Sendable {
    let start = ContinuousClock.now
    let interval: Duration?

    init(rate: Int) {
        interval = rate > 0 ? .seconds(1) / rate : nil
    }

    func due(_ number: Int) -> ContinuousClock.Instant {
        interval.map { start + $0 * number } ?? start
    }

    /// The time since a message was due, in nanoseconds; `nil` where none is due at a time of its own.
    func delay(of number: Int) -> UInt64? {
        guard interval != nil else { return nil }
        let (seconds, attoseconds) = due(number).duration(to: .now).components
        return UInt64(max(0, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
    }
}

/// What one side of a run has seen.
struct Observation: Sendable {
    var latencies = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
    var end = ContinuousClock.now

    mutating func note(_ number: Int, _ schedule: Schedule) {
        if let delay = schedule.delay(of: number) { latencies.record(delay) }
    }
}
