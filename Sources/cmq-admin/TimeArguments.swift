import ArgumentParser
import CMQCatalog

/// A span of time on the command line: `30s`, `15m`, `24h`, `7d`.
struct DurationArgument: ExpressibleByArgument {
    private static let units: [Character: Int] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    private static let secondsMax = 31_556_952_000

    let duration: Duration

    init?(argument: String) {
        guard let unit = argument.last.flatMap({ Self.units[$0] }) else { return nil }
        let digits = argument.dropLast()
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(digits),
            count <= Self.secondsMax / unit
        else { return nil }
        duration = .seconds(count * unit)
    }

    /// So long before `time`.
    func before(_ time: CatalogTime) -> CatalogTime { time - duration }
}

/// A point in time on the command line: RFC 3339, or how long ago.
enum TimeArgument: ExpressibleByArgument {
    case absolute(CatalogTime)
    case ago(DurationArgument)

    init?(argument: String) {
        if let time = CatalogTime(argument) {
            self = .absolute(time)
        } else if let duration = DurationArgument(argument: argument) {
            self = .ago(duration)
        } else {
            return nil
        }
    }

    func time(now: CatalogTime) -> CatalogTime {
        switch self {
        case .absolute(let time): time
        case .ago(let duration): duration.before(now)
        }
    }
}
