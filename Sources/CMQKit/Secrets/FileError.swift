internal import Glibc

/// A file operation that failed: what was tried on which path, and the system's reason.
public struct FileError: Error, Hashable, CustomStringConvertible {
    /// What was tried, as an infinitive: `create`, `read`.
    public var operation: String
    /// The path as the caller gave it.
    public var path: String
    /// The value of `errno`; 0 where the reason is not the system's.
    public var errno: Int32
    /// The reason in words.
    public var reason: String

    package init(_ operation: String, _ path: String, errno code: Int32) {
        self.operation = operation
        self.path = path
        self.errno = code
        self.reason = String(cString: strerror(code))
    }

    package init(_ operation: String, _ path: String, reason: String) {
        self.operation = operation
        self.path = path
        self.errno = 0
        self.reason = reason
    }

    /// Whether the file was there although it must not be.
    public var isExisting: Bool { errno == EEXIST }

    /// Whether the file was not there.
    public var isMissing: Bool { errno == ENOENT }

    public var description: String { "cannot \(operation) \(path): \(reason)" }
}
