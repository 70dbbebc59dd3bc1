import CMQBrokerCore
import CMQWire

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
    /// The lines of commands that are under way to the broker.
    var input: [UInt8] = []
    /// The beginning of a line that the broker has read.
    private var unread: [UInt8] = []
    private var framer = LineFramer(lineBytesMax: 1 << 20)
    /// In the broker's socket.
    var handed: [Handed] = []
    /// Under way to the client.
    var lines: [ClientLine] = []
    /// What the client waits for answers to, oldest first.
    var unanswered: [ClientCommand] = []
    var isOpenForClient = true
    var isOpenForBroker = true

    /// Something is under way on it.
    var isBusy: Bool { !input.isEmpty || !handed.isEmpty || !lines.isEmpty }

    init(number: Int, client: Int, session: SessionID, isFetching: Bool) {
        self.number = number
        self.client = client
        self.session = session
        self.isFetching = isFetching
    }

    /// The broker reads `count` bytes: what it is asked by the lines that are whole now.
    func read(count: Int) throws(Violation) -> [ClientCommand] {
        unread += input.prefix(count)
        input.removeFirst(count)
        var commands: [ClientCommand] = []
        while true {
            let step = unread.withUnsafeBytes { framer.next(in: $0) }
            guard case .line(let length, let consumed) = step else { return commands }
            commands.append(try ClientCommand(line: unread[..<length]))
            unread.removeFirst(consumed)
        }
    }
}
