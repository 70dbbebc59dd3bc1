internal import Glibc

/// A log file that cannot be used.
package struct LogFileError: Error, Hashable, Sendable, CustomStringConvertible {
    package var path: String
    /// The system's reason in words.
    package var reason: String

    init(_ path: String, errno code: Int32) {
        self.path = path
        reason = String(cString: strerror(code))
    }

    package var description: String { "cannot open the log \(path): \(reason)" }
}
