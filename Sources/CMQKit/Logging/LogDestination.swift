/// Where log lines end: files or a stream. Called on a background thread, one batch at a time.
package protocol LogDestination: Sendable {
    /// Writes as much as it can; what it cannot write is dropped and counted, never waited for.
    func write(_ records: [LogRecord])
}
