import CMQBrokerCore
import CMQWire

/// What a client asks for.
enum ClientCommand {
    case declareQueue(String)
    case declareExchange(String, kind: String?)
    case bind(String, String, key: String)
    case publish(BrokerCore.Publication)
    case acknowledge(MessageID)
    case consume(String, prefetch: Int?)
    case fetch(String)
    case release(MessageID?)
    case reject(MessageID, reason: String)
    case resend(MessageID)
    case redrive(String)
    case purge(String)
}

/// What a client reads.
enum ClientLine {
    case reply(Reply)
    case message(MessageID, receiver: String?)
}

/// A connection with everything that is under way on it. Each end learns in its own time that it is broken.
final class Connection {
    struct Handed {
        var lines: [ClientLine]
        var envelopeBytes: Int
    }

    let number: Int
    let client: Int
    let session: SessionID
    /// Then the connection consumes nothing, so that each message answers a fetch.
    let isFetching: Bool
    /// Under way to the broker.
    var commands: [ClientCommand] = []
    /// In the broker's socket.
    var handed: [Handed] = []
    /// Under way to the client.
    var lines: [ClientLine] = []
    /// What the client waits for answers to, oldest first.
    var unanswered: [ClientCommand] = []
    var isOpenForClient = true
    var isOpenForBroker = true

    /// Something is under way on it.
    var isBusy: Bool { !commands.isEmpty || !handed.isEmpty || !lines.isEmpty }

    init(number: Int, client: Int, session: SessionID, isFetching: Bool) {
        self.number = number
        self.client = client
        self.session = session
        self.isFetching = isFetching
    }
}
