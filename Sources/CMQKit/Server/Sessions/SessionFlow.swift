internal import NIOCore
internal import Synchronization

/// How much a session has asked for that is not answered yet. Beyond its limit nothing more is
/// read from the connection, so that a fast publisher waits in its own socket and not in our memory.
final class SessionFlow: Sendable {
    private struct State {
        var unanswered = 0
        var isWritable = true
        var isReading = true
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Commands of `bytes` bytes were read.
    func submitted(_ bytes: Int, on channel: any Channel) {
        update(channel) { $0.unanswered += bytes }
    }

    /// Commands of `bytes` bytes were answered.
    func answered(_ bytes: Int, on channel: any Channel) {
        update(channel) { $0.unanswered -= bytes }
    }

    /// Whether the peer takes what is sent to it.
    func setWritable(_ isWritable: Bool, on channel: any Channel) {
        update(channel) { $0.isWritable = isWritable }
    }

    private func update(_ channel: any Channel, _ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            // Half the limit between stop and go, so that it does not flutter.
            let threshold = state.isReading ? limit : limit / 2
            let shouldRead = state.isWritable && state.unanswered <= threshold
            guard shouldRead != state.isReading else { return }
            state.isReading = shouldRead
            // Handed over under the lock, so that two changes reach the event loop in their order.
            channel.eventLoop.execute {
                channel.setOption(.autoRead, value: shouldRead).whenFailure { _ in }
            }
        }
    }
}
