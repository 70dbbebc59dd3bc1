internal import CMQBrokerCore
internal import CMQLogging
internal import Logging
internal import Synchronization

/// What the log says of connections: one line for each thing that happens, and of floods of them little.
final class ConnectionLog: Sendable {
    private static let linesMax = 10
    private static let interval = Duration.seconds(1)

    private let logger: Logger
    /// By what happened and why, or to whom.
    private let limiter = Mutex(LogRateLimiter<[String]>(limit: linesMax, interval: interval))

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// A connection ended that the broker did not want any more.
    func ended(_ end: ConnectionEnd, because reason: String, peer: String) {
        // Whom a session belonged to and how much it held is different each time, and no reason for more lines.
        let kind = end == .givenUp ? [end.rawValue] : [end.rawValue, reason]
        log(.warning, end.rawValue, kind: kind, [.peer: "\(peer)", .reason: "\(reason)"])
    }

    /// A client is here; says whether the log has a line of it, so that its leaving gets one, too.
    func connected(_ id: SessionID, identity: String, peer: String) -> Bool {
        let fields: [LogKey: Logger.MetadataValue] = [
            .client: "\(identity)", .connection: "\(id.number)", .peer: "\(peer)",
        ]
        return log(.info, "Client connected", kind: ["Client connected", identity], fields)
    }

    func disconnected(_ id: SessionID, peer: String) {
        let fields: [LogKey: Logger.MetadataValue] = [.connection: "\(id.number)", .peer: "\(peer)"]
        logger.info("Client disconnected", metadata: Logger.Metadata(fields))
    }

    /// To be called regularly: says how many lines were left out of what has become quiet since.
    func summarize() {
        for summary in limiter.withLock({ $0.summaries(at: Self.now) }) {
            let kind = summary.key ?? ["Connections of many kinds"]
            logger.warning(
                "\(kind[0]), \(summary.suppressed) more like it",
                metadata: Logger.Metadata(kind.count > 1 ? [.reason: "\(kind[1])"] : [:])
            )
        }
    }

    @discardableResult
    private func log(
        _ level: Logger.Level,
        _ text: String,
        kind: [String],
        _ fields: [LogKey: Logger.MetadataValue]
    ) -> Bool {
        var fields = fields
        switch limiter.withLock({ $0.admit(kind, at: Self.now) }) {
        case .log: break
        case .logAfterSuppressed(let count): fields[.count] = "\(count) more like it before"
        case .suppress: return false
        }
        logger.log(level: level, "\(text)", metadata: Logger.Metadata(fields))
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
