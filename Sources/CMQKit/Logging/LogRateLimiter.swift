/// Lets at most some lines of a kind through in an interval and counts the rest, so that a
/// peer cannot fill the log by repeating itself.
///
/// It has no clock: `now` is the time since any fixed point, and must not go backwards.
package struct LogRateLimiter<Key: Hashable & Sendable>: Sendable {
    package enum Decision: Hashable, Sendable {
        /// Log the line.
        case log
        /// Log the line, and that so many of its kind were left out before it.
        case logAfterSuppressed(Int)
        /// Leave it out.
        case suppress
    }

    /// How many lines of a kind were left out in an interval that is over.
    package struct Summary: Hashable, Sendable {
        /// `nil` stands for all kinds that there was no room to tell apart.
        package var key: Key?
        package var suppressed: Int
    }

    private struct Window: Sendable {
        var start: Duration
        var logged: Int
        var suppressed: Int
    }

    private let limit: Int
    private let interval: Duration
    private let keysMax: Int
    private var windows: [Key?: Window] = [:]

    /// - Parameters:
    ///   - limit: Lines of one kind that are logged in an interval.
    ///   - keysMax: Kinds that are told apart at once; further ones share one limit.
    package init(limit: Int, interval: Duration, keysMax: Int = 1_024) {
        self.limit = limit
        self.interval = interval
        self.keysMax = keysMax
    }

    /// Decides about one line.
    package mutating func admit(_ key: Key, at now: Duration) -> Decision {
        var slot: Key? = key
        if windows[key] == nil, isFull {
            forgetFinished(at: now)
            if isFull { slot = nil }
        }
        guard var window = windows[slot], now - window.start < interval else {
            let suppressed = windows[slot]?.suppressed ?? 0
            windows[slot] = Window(start: now, logged: 1, suppressed: 0)
            return suppressed > 0 ? .logAfterSuppressed(suppressed) : .log
        }
        if window.logged < limit {
            window.logged += 1
            windows[slot] = window
            return .log
        }
        window.suppressed += 1
        windows[slot] = window
        return .suppress
    }

    /// The kinds that went quiet with lines left out; call it now and then, and log each once.
    package mutating func summaries(at now: Duration) -> [Summary] {
        var result: [Summary] = []
        for (key, window) in windows where now - window.start >= interval {
            if window.suppressed > 0 { result.append(Summary(key: key, suppressed: window.suppressed)) }
            windows[key] = nil
        }
        return result
    }

    private var isFull: Bool {
        windows.count - (windows[Key?.none] == nil ? 0 : 1) >= keysMax
    }

    private mutating func forgetFinished(at now: Duration) {
        // Those with something left to tell wait for `summaries(at:)`.
        for (key, window) in windows where now - window.start >= interval && window.suppressed == 0 {
            windows[key] = nil
        }
    }
}
