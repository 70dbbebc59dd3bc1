internal import Glibc
package import Logging

/// The broker's log: loggers in front, the level files and standard error behind, each with a queue
/// of its own, so that one that is stuck does not hold up the other.
package final class LogPipeline: Sendable {
    package struct Options: Sendable {
        package var level = Logger.Level.info
        package var paths = LogFiles.Paths()
        package var rotation = LogRotation.daily
        package var sizeBytesMax = 100 << 20
        package var keptFiles = 14
        /// Lines that may wait for each destination.
        package var queueLinesMax = 8_192
        /// Asks for lines on the stream in this form, whatever it is. `nil`: text, where the stream is
        /// a terminal or there are no files.
        package var streamFormat: StreamFormat?
        /// The stream for people; standard error.
        package var streamDescriptor = STDERR_FILENO
        /// For `NO_COLOR` and `TERM`.
        package var environment: [String: String] = [:]

        package init() {}
    }

    /// The names of `--log-format`.
    package enum StreamFormat: String, CaseIterable, Sendable {
        case text
        case json
    }

    /// What was lost so far.
    package struct Losses: Hashable, Sendable {
        /// Lines for which the queue had no room.
        package var dropped: Int
        /// Lines that could not be written.
        package var failed: Int
    }

    private let level: Logger.Level
    private let files: LogFiles?
    private let stream: LogStream?
    private let writers: [LogWriter]
    private let clock: @Sendable () -> LogTime

    /// Opens the files.
    ///
    /// - Throws: ``LogFileError``.
    package init(_ options: Options, clock: @escaping @Sendable () -> LogTime = { .now }) throws(LogFileError) {
        level = options.level
        self.clock = clock
        files =
            options.paths.isEmpty
            ? nil
            : try LogFiles(
                options.paths,
                level: options.level,
                rotation: options.rotation,
                sizeBytesMax: options.sizeBytesMax,
                keptFiles: options.keptFiles,
                clock: clock
            )
        let isTerminal = isatty(options.streamDescriptor) == 1
        if isTerminal || options.paths.isEmpty || options.streamFormat != nil {
            let style: LogStream.Style =
                options.streamFormat == .json
                ? .json : .text(isTerminal: isTerminal, environment: options.environment)
            stream = LogStream(descriptor: options.streamDescriptor, style: style)
        } else {
            stream = nil
        }
        let destinations: [(any LogDestination)?] = [files, stream]
        writers = destinations.compactMap(\.self).map { destination in
            LogWriter(destination: destination, capacity: options.queueLinesMax, clock: clock)
        }
    }

    /// A logger for one part of the broker. `handler()` serves `LoggingSystem.bootstrap` the same way.
    package func logger(label: String) -> Logger {
        Logger(label: label) { _ in handler() }
    }

    /// A handler for swift-log.
    package func handler() -> QueuedLogHandler {
        QueuedLogHandler(level: level, writers: writers, clock: clock)
    }

    /// Opens the files again, on SIGHUP; a file that cannot be opened stays as it was and is named.
    package func reopen() -> [LogFileError] {
        files?.reopen() ?? []
    }

    /// Waits until everything that was logged before is written, for at most `timeout` for each
    /// destination; says whether that was so. Blocks, so never from an event loop.
    @discardableResult
    package func flush(timeout: Duration) -> Bool {
        writers.allSatisfy { $0.flush(timeout: timeout) }
    }

    package var losses: Losses {
        Losses(
            dropped: writers.reduce(0) { $0 + $1.droppedLines },
            failed: (files?.failedLines ?? 0) + (stream?.failedLines ?? 0)
        )
    }
}
