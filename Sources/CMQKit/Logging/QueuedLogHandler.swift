package import Logging

/// The swift-log handler of the broker: hands every event to background writers and never waits.
package struct QueuedLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let writers: [LogWriter]
    private let clock: @Sendable () -> LogTime

    init(level: Logger.Level, writers: [LogWriter], clock: @escaping @Sendable () -> LogTime) {
        self.logLevel = level
        self.writers = writers
        self.clock = clock
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadataProvider?.get() ?? [:]
        fields.merge(metadata) { $1 }
        if let metadata = event.metadata { fields.merge(metadata) { $1 } }
        if let error = event.error, fields["error"] == nil { fields["error"] = "\(error)" }
        let record = LogRecord(
            time: clock(),
            level: event.level,
            message: event.message.description,
            metadata: fields
        )
        for writer in writers { writer.submit(record) }
    }
}
