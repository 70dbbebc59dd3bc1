internal import CMQBrokerCore
internal import CMQLogging
internal import Logging
internal import Synchronization

/// A log of what peers make happen: one line for each thing, and of floods of them few.
final class LimitedLog: Sendable {
    private static let linesMax = 10
    private static let interval = Duration.seconds(1)

    /// What is told apart: of each, so many lines.
    struct Kind: Hashable, Sendable {
        var text: String
        var level = Logger.Level.warning
        /// A field of all its lines.
        var field: LogKey?
        var value = ""
    }

    private let logger: Logger
    /// What a summary says of kinds that there was no room to tell apart.
    private let others: String
    private let limiter = Mutex(LogRateLimiter<Kind>(limit: linesMax, interval: interval))

    init(_ logger: Logger, others: String) {
        self.logger = logger
        self.others = others
    }

    /// Logs a line unless there were too many of its kind; says whether there was one.
    ///
    /// - Parameter text: What the line says, where that is more than its kind.
    @discardableResult
    func log(_ kind: Kind, _ text: String? = nil, _ fields: [LogKey: Logger.MetadataValue] = [:]) -> Bool {
        var fields = fields
        if let field = kind.field { fields[field] = "\(kind.value)" }
        switch limiter.withLock({ $0.admit(kind, at: Self.now) }) {
        case .log: break
        case .logAfterSuppressed(let count): fields[.count] = "\(count) more like it before"
        case .suppress: return false
        }
        logger.log(level: kind.level, "\(text ?? kind.text)", metadata: Logger.Metadata(fields))
        return true
    }

    /// To be called regularly: says how many lines were left out of what has become quiet since.
    func summarize() {
        for summary in limiter.withLock({ $0.summaries(at: Self.now) }) {
            let kind = summary.key ?? Kind(text: others)
            var fields: [LogKey: Logger.MetadataValue] = [.count: "\(summary.suppressed) more like it before"]
            if let field = kind.field { fields[field] = "\(kind.value)" }
            logger.log(level: kind.level, "\(kind.text)", metadata: Logger.Metadata(fields))
        }
    }

    private static var now: Duration { .nanoseconds(Int64(BrokerClock.now().monotonic)) }
}
