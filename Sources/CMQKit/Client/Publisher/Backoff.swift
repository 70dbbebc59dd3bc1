/// Waiting times that double with every failed attempt, each shortened by a random part so that
/// many clients of one broker do not come back in the same moment.
package struct Backoff: Sendable {
    /// The longest first wait.
    package var base: Duration
    /// The longest wait at all.
    package var longest: Duration

    package init(base: Duration = .seconds(1), longest: Duration = .seconds(30)) {
        self.base = base
        self.longest = longest
    }

    /// - Parameters:
    ///   - attempt: How many attempts failed so far, from 1.
    ///   - random: From 0 up to 1; half of the wait at least remains.
    package func delay(afterAttempt attempt: Int, random: Double) -> Duration {
        let doublings = min(max(attempt - 1, 0), 30)
        let full = min(base * Double(1 << doublings), longest)
        return full * (0.5 + min(max(random, 0), 1) / 2)
    }
}
