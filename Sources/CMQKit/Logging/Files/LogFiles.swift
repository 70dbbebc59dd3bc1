package import Logging
internal import Synchronization

/// The three log files, each for some levels: info for info to warning, error for error and above, and
/// debug for everything while the broker logs debug or trace.
package final class LogFiles: LogDestination {
    package struct Paths: Hashable, Sendable {
        package var info: String?
        package var debug: String?
        package var error: String?

        package init(info: String? = nil, debug: String? = nil, error: String? = nil) {
            self.info = info
            self.debug = debug
            self.error = error
        }

        package var isEmpty: Bool { info == nil && debug == nil && error == nil }
    }

    private enum Role {
        case info
        case debug
        case error

        func takes(_ level: Logger.Level) -> Bool {
            switch self {
            case .info: level >= .info && level < .error
            case .debug: true
            case .error: level >= .error
            }
        }
    }

    private struct State {
        var files: [(role: Role, file: LogFile)]
    }

    private let state: Mutex<State>
    private let takesDebug: Bool
    private let clock: @Sendable () -> LogTime

    /// Opens the files, making their directories where they are missing.
    ///
    /// - Parameters:
    ///   - level: The least important level that the broker logs.
    ///   - sizeBytesMax: The size at which a file is put away.
    ///   - keptFiles: How many of those are kept for each log.
    ///   - complain: Told in a sentence when a file fails and when it works again.
    /// - Throws: ``LogFileError`` for the first file that cannot be opened.
    package init(
        _ paths: Paths,
        level: Logger.Level,
        rotation: LogRotation,
        sizeBytesMax: Int,
        keptFiles: Int,
        clock: @escaping @Sendable () -> LogTime = { .now },
        complain: (@Sendable (String) -> Void)? = nil
    ) throws(LogFileError) {
        self.clock = clock
        takesDebug = level <= .debug
        let policy = LogFile.Policy(rotation: rotation, sizeBytesMax: sizeBytesMax, keptFiles: keptFiles)
        let complain = complain ?? LogOutput.complainOnStandardError
        var files: [(role: Role, file: LogFile)] = []
        for (role, path) in [(Role.info, paths.info), (.debug, paths.debug), (.error, paths.error)] {
            guard let path else { continue }
            files.append((role, try LogFile(path: path, policy: policy, now: clock(), complain: complain)))
        }
        state = Mutex(State(files: files))
    }

    /// The lines that could not be written to a file.
    package var failedLines: Int {
        state.withLock { $0.files.reduce(0) { $0 + $1.file.failedLines } }
    }

    package func write(_ records: [LogRecord]) {
        state.withLock { state in
            var line: [UInt8] = []
            for record in records {
                line.removeAll(keepingCapacity: true)
                for (role, file) in state.files where role.takes(record.level) && (role != .debug || takesDebug) {
                    if line.isEmpty { JSONLogFormat.append(record, to: &line) }
                    file.append(line[...], at: record.time)
                }
            }
            for (_, file) in state.files { file.flush() }
        }
    }

    /// Opens every path again, for logrotate and SIGHUP. A file that cannot be opened stays as it was.
    package func reopen() -> [LogFileError] {
        state.withLock { state in
            var errors: [LogFileError] = []
            for (_, file) in state.files {
                do throws(LogFileError) {
                    try file.reopen(now: clock())
                } catch {
                    errors.append(error)
                }
            }
            return errors
        }
    }
}
