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

    var publishes: Bool {
        if case .publish = self { true } else { false }
    }
}
