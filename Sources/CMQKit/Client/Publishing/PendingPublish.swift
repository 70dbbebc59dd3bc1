internal import Synchronization

/// A message on its way to the broker.
public final class PendingPublish: Sendable {
    private struct State {
        var outcome: PublishOutcome?
        var waiters: [CheckedContinuation<PublishOutcome, Never>] = []
    }

    private let state = Mutex(State())

    init() {}

    /// Waits for the broker's answer, or for the end of the connection.
    public var outcome: PublishOutcome {
        get async {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if let outcome = state.outcome {
                        continuation.resume(returning: outcome)
                    } else {
                        state.waiters.append(continuation)
                    }
                }
            }
        }
    }

    func complete(_ outcome: PublishOutcome) {
        state.withLock { state in
            guard state.outcome == nil else { return }
            state.outcome = outcome
            for waiter in state.waiters { waiter.resume(returning: outcome) }
            state.waiters = []
        }
    }
}
