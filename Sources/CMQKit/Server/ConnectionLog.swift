internal import CMQBrokerCore
internal import CMQLogging
internal import Logging

/// What the log says of connections.
struct ConnectionLog: Sendable {
    private let logger: Logger
    private let limited: LimitedLog

    init(_ logger: Logger) {
        self.logger = logger
        limited = LimitedLog(logger, others: "Connections of many kinds")
    }

    /// A connection ended that the broker did not want any more.
    func ended(_ end: ConnectionEnd, because reason: String, peer: String) {
        // Whom a session belonged to and how much it held is different each time, and no reason for more lines.
        let kind =
            end == .givenUp
            ? LimitedLog.Kind(text: end.rawValue) : LimitedLog.Kind(text: end.rawValue, field: .reason, value: reason)
        limited.log(kind, nil, [.peer: "\(peer)", .reason: "\(reason)"])
    }

    /// A client is here; says whether the log has a line of it, so that its leaving gets one, too.
    func connected(_ id: SessionID, identity: String, peer: String) -> Bool {
        let kind = LimitedLog.Kind(text: "Client connected", level: .info, field: .client, value: identity)
        return limited.log(kind, nil, [.connection: "\(id.number)", .peer: "\(peer)"])
    }

    func disconnected(_ id: SessionID, peer: String) {
        let fields: [LogKey: Logger.MetadataValue] = [.connection: "\(id.number)", .peer: "\(peer)"]
        logger.info("Client disconnected", metadata: Logger.Metadata(fields))
    }

    /// To be called regularly.
    func summarize() {
        limited.summarize()
    }
}

/// How a connection ended that the broker did not want any more.
enum ConnectionEnd: String, Sendable {
    case handshakeFailed = "TLS handshake failed"
    case refused = "Connection refused"
    case givenUp = "Session ended, the memory for sessions is full"
    case revoked = "Session ended: its certificate is not accepted any more"
}
