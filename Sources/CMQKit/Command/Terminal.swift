internal import Foundation

/// What may be drawn on a stream that people look at.
package enum Terminal {
    /// Whether standard error takes a line that is drawn over: it is a terminal that can do so.
    package static func allowsProgress(environment: [String: String] = ProcessInfo.processInfo.environment) -> Bool {
        isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
    }

    /// Whether `descriptor` takes colours: a capable terminal, and nobody objects (no-color.org).
    package static func allowsColour(
        _ descriptor: Int32,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Bool {
        isatty(descriptor) == 1 && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }
}
