internal import Synchronization

/// Why receiving ends, and how whoever waits for messages learns of it. The first reason counts.
final class ReceiveStop: Sendable {
    enum Reason: Sendable {
        /// As many as wanted are here, or none is left.
        case done
        case interrupted
        case timeout
        case outputClosed
    }

    private struct State {
        var reason: Reason?
        var action: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    var reason: Reason? { state.withLock { $0.reason } }

    func stop(_ reason: Reason) {
        let action = state.withLock { state in
            if state.reason == nil { state.reason = reason }
            return state.action
        }
        action?()
    }

    /// Sets what ends the present wait; it runs at once when the end is already decided.
    func onStop(_ action: (@Sendable () -> Void)?) {
        let isStopped = state.withLock { state in
            state.action = action
            return state.reason != nil
        }
        if isStopped { action?() }
    }
}
