internal import Glibc

/// Where relative paths begin.
struct PathBase: Sendable {
    /// Absolute.
    var workingDirectory: String
    /// The directory of the configuration file, absolute; `nil` without a file.
    var fileDirectory: String?

    func resolve(_ path: String, _ use: PathUse) -> String {
        if path.hasPrefix("/") { return path }
        let working = Self.join(workingDirectory, path)
        guard let fileDirectory else { return working }
        let beside = Self.join(fileDirectory, path)
        switch use {
        case .makes:
            // Where data lies must not depend on where the broker was started.
            return beside
        case .reads:
            return Self.exists(beside) ? beside : working
        case .keeps:
            return !Self.exists(beside) && Self.exists(working) ? working : beside
        }
    }

    /// Without `.` and empty components; `..` stays, because symbolic links decide what it means.
    static func join(_ directory: String, _ path: String) -> String {
        "/" + "\(directory)/\(path)".split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// The directory that a path lies in.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }
}
