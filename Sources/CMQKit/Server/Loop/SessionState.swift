internal import CMQBrokerCore
internal import DequeModule
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
    /// Public keys that are being looked up or registered for it.
    var lookups = 0
    /// What it sent that waits until it has taken its messages or got its keys: the rest of bursts from an item on.
    var stalled: Deque<(burst: InputBurst, from: Int)> = []

    init(id: SessionID, identity: String, channel: any Channel, flow: SessionFlow) {
        self.id = id
        self.identity = identity
        self.channel = channel
        self.flow = flow
    }
}
