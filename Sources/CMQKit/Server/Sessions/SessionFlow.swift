internal import NIOCore
internal import Synchronization

/// What one session makes the broker hold: commands that are not answered, the beginning of a line, and lines that its
/// peer has not taken. Beyond its limit nothing more is read from the connection, so that a fast publisher waits in its
/// own socket and not in our memory.
final class SessionFlow: Sendable {
    private struct State {
        var identity = ""
        var unanswered = 0
        var unread = 0
        var untaken = 0
        var isWritable = true
        var isReading = true
        /// Nothing of it counts any more.
        var isOver = false
    }

    private let limit: Int
    private let memory: SessionMemory
    private let channel: any Channel
    private let state = Mutex(State())

    init(limit: Int, memory: SessionMemory, channel: any Channel) {
        self.limit = limit
        self.memory = memory
        self.channel = channel
    }

    /// Who sends; empty until that is known.
    var identity: String { state.withLock { $0.identity } }
    /// What only the peer can make less.
    var owedBytes: Int { state.withLock { $0.isOver ? 0 : $0.unread + $0.untaken } }

    func begin(_ identity: String) {
        state.withLock { $0.identity = identity }
        memory.add(self)
    }

    /// Commands of `bytes` bytes were read.
    func submitted(_ bytes: Int) {
        update { $0.unanswered += bytes }
    }

    /// Commands of `bytes` bytes were answered.
    func answered(_ bytes: Int) {
        update { $0.unanswered -= bytes }
    }

    /// The beginning of a line takes `bytes` bytes now.
    func unread(_ bytes: Int) {
        update { $0.unread = bytes }
    }

    /// Lines of `bytes` bytes are on their way to the peer.
    func sent(_ bytes: Int) {
        update { $0.untaken += bytes }
    }

    /// The peer's machine has taken `bytes` bytes of them.
    func taken(_ bytes: Int) {
        update { $0.untaken -= bytes }
    }

    /// Whether the connection takes what is sent to it.
    func setWritable(_ isWritable: Bool) {
        update { $0.isWritable = isWritable }
    }

    /// Looks again whether to read, as others may have made room.
    func review() {
        update { _ in }
    }

    /// Ends the session, as it holds too much; from now on it does not count.
    func giveUp() {
        guard let bytes = end() else { return }
        let channel = channel
        channel.eventLoop.execute {
            channel.pipeline.fireUserInboundEventTriggered(SessionGivenUp(bytes: bytes))
        }
    }

    /// Lets nothing of the session count any more.
    ///
    /// - Returns: what only the peer could have made less; nil where that was said before.
    @discardableResult
    func end() -> Int? {
        let held: (unanswered: Int, owed: Int)? = state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            return (state.unanswered, state.unread + state.untaken)
        }
        guard let (unanswered, owed) = held else { return nil }
        memory.remove(self)
        memory.change(unanswered: -unanswered, owed: -owed)
        return owed
    }

    private func update(_ change: (inout State) -> Void) {
        let (unanswered, owed) = state.withLock { state in
            let before = state
            change(&state)
            guard !state.isOver else { return (0, 0) }
            setReading(&state)
            return (
                state.unanswered - before.unanswered, state.unread + state.untaken - before.unread - before.untaken
            )
        }
        memory.change(unanswered: unanswered, owed: owed)
    }

    private func setReading(_ state: inout State) {
        // Half the limit between stop and go, so that it does not flutter.
        let threshold = state.isReading ? limit : limit / 2
        let shouldRead =
            state.isWritable && state.unanswered <= threshold
            && !memory.holdsBack(state.unanswered + state.unread)
        guard shouldRead != state.isReading else { return }
        state.isReading = shouldRead
        // Handed over under the lock, so that two changes reach the event loop in their order.
        channel.eventLoop.execute { [channel] in
            channel.setOption(.autoRead, value: shouldRead).whenFailure { _ in }
        }
    }
}

/// The broker has no memory left for what this session holds.
struct SessionGivenUp: Sendable {
    var bytes: Int
}
