internal import NIOCore

/// What the state machine of a connection needs to know of time.
struct ConnectionTimes: Sendable {
    /// How long commands may wait without any answer.
    var reply: TimeAmount
    /// After how much silence of ours a heartbeat is due.
    var heartbeat: TimeAmount
}
