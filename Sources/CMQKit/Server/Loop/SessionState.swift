internal import CMQBrokerCore
internal import NIOCore

/// What the broker loop keeps of one connection.
final class SessionState {
    let id: SessionID
    let identity: String
    let channel: any Channel
    let flow: SessionFlow
    var output = OutputQueue()
    /// It is in the loop's list of sessions with something to send.
    var isQueued = false
    var closesWhenEmpty = false

    init(id: SessionID, identity: String, channel: any Channel, flow: SessionFlow) {
        self.id = id
        self.identity = identity
        self.channel = channel
        self.flow = flow
    }
}
