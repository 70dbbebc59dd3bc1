package import Logging

/// One event on its way to the log.
package struct LogRecord: Sendable {
    package var time: LogTime
    package var level: Logger.Level
    package var message: String
    package var metadata: Logger.Metadata

    /// A longer message is cut: one event must not fill the log.
    static let messageBytesMax = 8_192

    package init(time: LogTime, level: Logger.Level, message: String, metadata: Logger.Metadata = [:]) {
        self.time = time
        self.level = level
        // Cut here rather than when it is written, so that waiting lines are bounded too.
        self.message = LogText.cut(message, to: Self.messageBytesMax)
        self.metadata = metadata
    }
}

extension Logger.Level {
    /// The name in the log, in the style of earlier versions.
    var logName: String {
        self == .warning ? "WARN" : rawValue.uppercased()
    }
}
