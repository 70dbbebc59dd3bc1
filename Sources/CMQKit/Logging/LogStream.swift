internal import Glibc
internal import Synchronization

/// A stream that people or a supervisor read, usually standard error.
package final class LogStream: LogDestination {
    /// How lines look there.
    package enum Style: Hashable, Sendable {
        case text(colour: Bool)
        case json

        /// Colour only for a terminal that can show it and a person who did not decline (no-color.org).
        package static func text(isTerminal: Bool, environment: [String: String]) -> Style {
            let declined = !(environment["NO_COLOR"] ?? "").isEmpty
            let terminal = environment["TERM"] ?? ""
            return .text(colour: isTerminal && !declined && !terminal.isEmpty && terminal != "dumb")
        }
    }

    private let descriptor: Int32
    private let style: Style
    private let failed = Atomic<Int>(0)

    package init(descriptor: Int32, style: Style) {
        self.descriptor = descriptor
        self.style = style
    }

    /// The lines that could not be written.
    package var failedLines: Int { failed.load(ordering: .relaxed) }

    package func write(_ records: [LogRecord]) {
        var bytes: [UInt8] = []
        for record in records {
            switch style {
            case .text(let colour): TextLogFormat.append(record, colour: colour, to: &bytes)
            case .json: JSONLogFormat.append(record, to: &bytes)
            }
        }
        let written = LogOutput.write(bytes[...], to: descriptor)
        if written.count < bytes.count {
            let lost = bytes[written.count...].count { $0 == UInt8(ascii: "\n") }
            failed.wrappingAdd(lost, ordering: .relaxed)
        }
    }
}
