internal import CMQBrokerCore
internal import CMQWire

/// One command of a session on its way to the broker loop, in a form that outlives the bytes it came in.
enum SessionInput: Sendable {
    case publish(BrokerCore.Publication, envelope: InputBurst.Slice)
    case acknowledge(MessageID)
    case control(ControlCommand)
    /// Decided while parsing; it only has to wait for its turn.
    case answer(Reply)
}

/// The commands that are rare next to messages.
enum ControlCommand: Sendable {
    case declareQueue(String)
    case declareExchange(String, kind: String?)
    case bind(String, String, routingKey: String)
    case consume(String, prefetch: Int?)
    case fetch(String)
    /// `nil` stands for everything that the session holds.
    case release(MessageID?)
    case reject(MessageID, reason: String)
    case resend(MessageID)
    case registerKey(KeyRegistration)
    case getKey(client: String, dialect: KeyDialect)
    case stats
    case redrive(String)
    case purge(String)
}

/// A public key that a client wants others to encrypt to.
struct KeyRegistration: Sendable {
    /// The client that the command names; the older command does, the newer one means the session's own.
    var client: String?
    var key: String
    var dialect: KeyDialect
}

/// Which generation of the key commands was used: their answers differ.
enum KeyDialect: Sendable {
    /// `register_public_key`, `get_public_key`.
    case current
    /// `register_key`, `get_key`.
    case older
}
