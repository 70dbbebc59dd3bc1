/// A condition that did not come true in time.
package struct ConditionTimeout: Error, CustomStringConvertible {
    package var description: String
}

/// Looks at `condition` again and again until it is true, for what no process announces.
///
/// - Throws: ``ConditionTimeout`` after `total`, and whatever `condition` throws.
package func checkFor(
    _ total: Duration,
    every step: Duration = .milliseconds(10),
    isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + total
    while true {
        // A look that took until the deadline on a busy machine saw what was true when it began.
        let start = ContinuousClock.now
        if try await condition() { return }
        guard start < deadline else {
            throw ConditionTimeout(description: "the condition was not true within \(total)")
        }
        try await Task.sleep(for: step)
    }
}
