internal import CMQBrokerCore
internal import CMQLogging
internal import Logging
internal import Synchronization

/// What the log says of connections: one line for each thing that happens, and of floods of them little.
final class ConnectionLog: Sendable {
    private static let linesMax = 10
    private static let interval = Duration.seconds(1)

    /// What is told apart: of each, so many lines.
    private struct Kind: Hashable {
        var text: String
        var level = Logger.Level.warning
        /// A field of all its lines.
        var field: LogKey?
        var value = ""
    }

    private let logger: Logger
    private let limiter = Mutex(LogRateLimiter<Kind>(limit: linesMax, interval: interval))

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// A connection ended that the broker did not want any more.
    func ended(_ end: ConnectionEnd, because reason: String, peer: String) {
        // Whom a session belonged to and how much it held is different each time, and no reason for more lines.
        let kind =
            end == .givenUp ? Kind(text: end.rawValue) : Kind(text: end.rawValue, field: .reason, value: reason)
        log(kind, [.peer: "\(peer)", .reason: "\(reason)"])
    }

    /// A client is here; says whether the log has a line of it, so that its leaving gets one, too.
    func connected(_ id: SessionID, identity: String, peer: String) -> Bool {
        let kind = Kind(text: "Client connected", level: .info, field: .client, value: identity)
        return log(kind, [.client: "\(identity)", .connection: "\(id.number)", .peer: "\(peer)"])
    }

    func disconnected(_ id: SessionID, peer: String) {
        let fields: [LogKey: Logger.MetadataValue] = [.connection: "\(id.number)", .peer: "\(peer)"]
        logger.info("Client disconnected", metadata: Logger.Metadata(fields))
    }

    /// To be called regularly: says how many lines were left out of what has become quiet since.
    func summarize() {
        for summary in limiter.withLock({ $0.summaries(at: Self.now) }) {
            let kind = summary.key ?? Kind(text: "Connections of many kinds")
            var fields: [LogKey: Logger.MetadataValue] = [.count: "\(summary.suppressed) more like it before"]
            if let field = kind.field { fields[field] = "\(kind.value)" }
            logger.log(level: kind.level, "\(kind.text)", metadata: Logger.Metadata(fields))
        }
    }

    /// Says whether there was a line.
    @discardableResult
    private func log(_ kind: Kind, _ fields: [LogKey: Logger.MetadataValue]) -> Bool {
        var fields = fields
        switch limiter.withLock({ $0.admit(kind, at: Self.now) }) {
        case .log: break
        case .logAfterSuppressed(let count): fields[.count] = "\(count) more like it before"
        case .suppress: return false
        }
        logger.log(level: kind.level, "\(kind.text)", metadata: Logger.Metadata(fields))
        return true
    }

    private static var now: Duration { .nanoseconds(Int64(BrokerClock.now().monotonic)) }
}

/// How a connection ended that the broker did not want any more.
enum ConnectionEnd: String, Sendable {
    case handshakeFailed = "TLS handshake failed"
    case refused = "Connection refused"
    case givenUp = "Session ended, the memory for sessions is full"
}
