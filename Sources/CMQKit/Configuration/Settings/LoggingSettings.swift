/// `[logging]`: which events are kept, where, and for how long.
package struct LoggingSettings: Sendable {
    /// The levels of swift-log, under the same names.
    package enum Level: String, CaseIterable, Sendable {
        case trace
        case debug
        case info
        case notice
        case warning
        case error
        case critical
    }

    package enum Rotation: String, CaseIterable, Sendable {
        case hourly
        case daily
        case never
    }

    /// The form of lines on standard error.
    package enum Format: String, CaseIterable, Sendable {
        case text
        case json
    }

    package var level = Level.info
    package var rotation = Rotation.daily
    package var infoPath: String?
    package var debugPath: String?
    package var errorPath: String?
    /// In units of 1,048,576 bytes.
    package var maxSizeMegabytes = 100
    package var keptFiles = 14
    package var bufferLines = 8_192
    /// `nil`: text, on a terminal or where there is no log file.
    package var format: Format?

    /// The log files that are configured.
    package var paths: [String] { [infoPath, debugPath, errorPath].compactMap(\.self) }

    static let schema: [Setting] = [
        .choice(
            .logging,
            "level",
            \.logging.level,
            legacy: ["warn": "warning"],
            since: .cipherMQ("1.4"),
            "The least important events that are logged."
        ),
        .choice(
            .logging,
            "rotation",
            \.logging.rotation,
            since: .cipherMQ("1.4"),
            "When a new log file is begun, in UTC. The old one gets the hour or day as its ending."
        ),
        .optionalPath(
            .logging,
            "info_file_path",
            \.logging.infoPath,
            .makes,
            since: .cipherMQ("1.4"),
            "JSON lines of the levels info, notice and warning."
        ),
        .optionalPath(
            .logging,
            "debug_file_path",
            \.logging.debugPath,
            .makes,
            since: .cipherMQ("1.4"),
            "JSON lines of all levels, while `level` is debug or trace; otherwise it stays empty."
        ),
        .optionalPath(
            .logging,
            "error_file_path",
            \.logging.errorPath,
            .makes,
            since: .cipherMQ("1.4"),
            "JSON lines of the levels error and critical."
        ),
        .integer(
            .logging,
            "max_size_mb",
            \.logging.maxSizeMegabytes,
            in: 1...1_048_576,
            since: .cipherMQ("1.4"),
            "The size of a log file, in units of 1,048,576 bytes, at which a new one is begun."
        ),
        .integer(
            .logging,
            "kept_files",
            \.logging.keptFiles,
            in: 0...10_000,
            "Rotated files that are kept for each log; the oldest are deleted."
        ),
        .integer(
            .logging,
            "buffer_lines",
            \.logging.bufferLines,
            in: 16...1_048_576,
            "Lines that may wait for a slow disk or terminal. Further ones are dropped and counted: the broker never "
                + "waits for its log."
        ),
        .optionalChoice(
            .logging,
            "format",
            \.logging.format,
            defaultText: "`text`, on a terminal or without log files",
            "The form of the log on standard error. When set, the log always goes there too."
        ),
    ]
}
