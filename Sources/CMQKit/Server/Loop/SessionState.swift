internal import CMQBrokerCore
internal import CMQWire
internal import DequeModule
internal import NIOCore

/// What the broker loop keeps of one connection: the lines that are to go out, in their order.
final class SessionState {
    /// One line, or the place that it will take.
    enum Line {
        /// May go once the record with `ticket` is durable. `answers` bytes of commands are done with it.
        case reply(Reply, ticket: UInt64, answers: Int)
        case delivery(Effects.Delivery)
        /// The answer is being looked up.
        case pending(UInt64, answers: Int)
    }

    let id: SessionID
    let identity: String
    let channel: any Channel
    let flow: SessionFlow
    var lines: Deque<Line> = []
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
