/// One line from the broker to a client. The texts are what existing clients compare with, to the letter.
package enum Reply: Equatable, Sendable {
    case queueDeclared
    case exchangeDeclared
    case queueBound
    case subscribed
    case ack(MessageID)
    case ackConfirmed(MessageID)
    case noMessages
    case resendRequested
    case unauthorizedResend
    case messageNotFound
    case publicKeyRegistered
    case publicKey(String)
    case publicKeyNotFound
    /// The answer of the older `get_key`.
    case noPublicKeyFound
    case heartbeat
    case released(Int)
    case rejected(MessageID)
    case redriven(Int)
    case purged(Int)
    case stats(String)
    case missingQueueName
    case missingExchangeName
    case missingParameters
    case missingMessageID
    case missingPublicKey
    case missingClientID
    case missingClientIDOrPublicKey
    case invalidMessage(String)
    case invalidBatch(String)
    case errorRegisteringKey(String)
    case error(String)
    /// One line for an empty batch.
    case empty
    case unknownCommand

    /// The line without its end.
    package var line: String {
        switch self {
        case .queueDeclared: "Queue declared"
        case .exchangeDeclared: "Exchange declared"
        case .queueBound: "Queue bound"
        case .subscribed: "Subscribed to queue"
        case .ack(let id): "ACK \(id)"
        case .ackConfirmed(let id): "ACK_CONFIRMED \(id)"
        case .noMessages: "No messages"
        case .resendRequested: "Resend requested"
        case .unauthorizedResend: "Unauthorized resend request"
        case .messageNotFound: "Message ID not found"
        case .publicKeyRegistered: "Public key registered"
        case .publicKey(let key): "Public key: \(key)"
        case .publicKeyNotFound: "Public key not found"
        case .noPublicKeyFound: "No public key found"
        case .heartbeat: "Heartbeat"
        case .released(let count): "Released \(count)"
        case .rejected(let id): "Rejected \(id)"
        case .redriven(let count): "Redriven \(count)"
        case .purged(let count): "Purged \(count)"
        case .stats(let json): "Stats: \(json)"
        case .missingQueueName: "Missing queue name"
        case .missingExchangeName: "Missing exchange name"
        case .missingParameters: "Missing parameters"
        case .missingMessageID: "Missing message ID"
        case .missingPublicKey: "Missing public key"
        case .missingClientID: "Missing client ID"
        case .missingClientIDOrPublicKey: "Missing client ID or public key"
        case .invalidMessage(let reason): "Invalid message format: \(reason)"
        case .invalidBatch(let reason): "Invalid batch format: \(reason)"
        case .errorRegisteringKey(let reason): "Error registering key: \(reason)"
        case .error(let reason): "Error: \(reason)"
        case .empty: ""
        case .unknownCommand: "Unknown command"
        }
    }
}
