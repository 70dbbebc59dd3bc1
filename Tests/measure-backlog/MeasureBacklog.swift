import CMQBrokerCore
import CMQJournal
import CMQWire
import Foundation

/// `measure-backlog fill DIRECTORY MESSAGES` publishes and ends without closing anything;
/// `measure-backlog drain DIRECTORY` starts from what is there and hands everything out.
///
/// Only the core and the journal, in one process, as the broker has them behind its connections.
@main struct MeasureBacklog {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("fill", 3):
            guard let count = Int(arguments[2]), count > 0 else { usage() }
            var filler = try Filler(directory: arguments[1])
            try filler.fill(count)
            // As a crash ends it: nothing is closed.
            exit(0)
        case ("drain", 2):
            var drainer = try Drainer(directory: arguments[1])
            drainer.drain()
        default: usage()
        }
    }

    private static func usage() -> Never {
        FileHandle.standardError.write(Data("usage: measure-backlog fill DIRECTORY MESSAGES | drain DIRECTORY\n".utf8))
        exit(64)
    }

    /// The limits of a broker, without those that a large backlog reaches.
    static var limits: CoreLimits {
        var limits = CoreLimits()
        limits.queueMessages = .max
        limits.queueBytes = .max
        return limits
    }

    static func now() -> CoreTime {
        CoreTime(
            monotonic: DispatchTime.now().uptimeNanoseconds,
            wall: Int64(Date().timeIntervalSince1970 * 1_000_000)
        )
    }

    static func report(_ figures: KeyValuePairs<String, Double>) {
        let fields = figures.map { "\"\($0.key)\":\(($0.value * 1_000).rounded() / 1_000)" }
        print("{\(fields.joined(separator: ","))}")
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let duration = try ContinuousClock().measure(body)
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
