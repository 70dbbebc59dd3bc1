internal import Dispatch
internal import Logging
internal import Synchronization

/// A bounded queue in front of a destination. An event loop puts lines in and goes on; a
/// background thread takes them out in batches.
package final class LogWriter: Sendable {
    private struct State {
        var waiting: [LogRecord] = []
        var isDraining = false
        var dropped = 0
        var unreported = 0
    }

    private let destination: any LogDestination
    private let capacity: Int
    private let clock: @Sendable () -> LogTime
    private let queue = DispatchQueue(label: "cmq.log")
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: Lines that may wait; further ones are dropped and counted.
    package init(
        destination: any LogDestination,
        capacity: Int,
        clock: @escaping @Sendable () -> LogTime = { .now }
    ) {
        self.destination = destination
        self.capacity = capacity
        self.clock = clock
    }

    /// The lines that were dropped because the queue was full.
    package var droppedLines: Int { state.withLock { $0.dropped } }

    /// Takes a line, or drops it when the queue is full. Never waits for the destination.
    package func submit(_ record: LogRecord) {
        let mustStart = state.withLock { state in
            // A reserve, so that a flood of small talk does not cost the error that it leads to.
            let room = record.level >= .error ? capacity + capacity / 8 : capacity
            guard state.waiting.count < room else {
                state.dropped += 1
                state.unreported += 1
                return false
            }
            state.waiting.append(record)
            if state.isDraining { return false }
            state.isDraining = true
            return true
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// Waits until every line that was submitted before is written; says whether that was so in time.
    @discardableResult
    package func flush(timeout: Duration) -> Bool {
        let done = DispatchSemaphore(value: 0)
        queue.async { done.signal() }
        let (seconds, attoseconds) = timeout.components
        let nanoseconds = Int(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let deadline: DispatchTime =
            nanoseconds.overflow
            ? .distantFuture : .now() + .nanoseconds(nanoseconds.partialValue + Int(attoseconds / 1_000_000_000))
        return done.wait(timeout: deadline) == .success
    }

    private func drain() {
        while true {
            let (batch, unreported) = state.withLock { state in
                let taken = (state.waiting, state.unreported)
                state.waiting = []
                state.unreported = 0
                if taken.0.isEmpty, taken.1 == 0 { state.isDraining = false }
                return taken
            }
            if batch.isEmpty, unreported == 0 { return }
            destination.write(unreported == 0 ? batch : batch + [dropNotice(unreported)])
        }
    }

    private func dropNotice(_ count: Int) -> LogRecord {
        LogRecord(
            time: clock(),
            level: .warning,
            message: "Log lines were dropped because the log could not keep up",
            metadata: Logger.Metadata([.count: "\(count)"])
        )
    }
}
