import CMQCatalog
import Foundation

/// How times and spans of time are shown to people.
struct TimeText {
    /// Whether times are in UTC rather than of this machine's time zone.
    var isUTC: Bool

    /// `2026-01-02 03:04:05.123`, with a `Z` in UTC.
    func text(_ time: CatalogTime?) -> String {
        guard let time else { return "-" }
        let (quotient, remainder) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        var seconds = Int(remainder < 0 ? quotient - 1 : quotient)
        let milliseconds = Int(remainder < 0 ? remainder + 1_000_000 : remainder) / 1_000
        var parts = tm()
        if isUTC { gmtime_r(&seconds, &parts) } else { localtime_r(&seconds, &parts) }
        let date =
            "\(parts.tm_year + 1900)-\(Self.digits(Int(parts.tm_mon) + 1, 2))-\(Self.digits(Int(parts.tm_mday), 2))"
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.digits(Int($0), 2) }.joined(separator: ":")
        return "\(date) \(clock).\(Self.digits(milliseconds, 3))\(isUTC ? "Z" : "")"
    }

    /// A latency with about three digits: `870µs`, `1.42ms`, `3.1s`, `2h 5m`.
    static func latency(_ microseconds: Int64?) -> String {
        guard let microseconds else { return "-" }
        switch microseconds {
        case ..<1_000: return "\(microseconds)µs"
        case ..<1_000_000: return "\(decimal(Double(microseconds) / 1_000))ms"
        case ..<60_000_000: return "\(decimal(Double(microseconds) / 1_000_000))s"
        default: return age(Double(microseconds) / 1_000_000)
        }
    }

    /// The two largest units: `5s`, `3m 20s`, `2h 5m`, `4d 1h`.
    static func age(_ seconds: Double?) -> String {
        guard let seconds else { return "-" }
        let count = Int(min(max(seconds, 0), 1e15))
        switch count {
        case ..<60: return "\(count)s"
        case ..<3_600: return "\(count / 60)m \(count % 60)s"
        case ..<86_400: return "\(count / 3_600)h \(count / 60 % 60)m"
        default: return "\(count / 86_400)d \(count / 3_600 % 24)h"
        }
    }

    private static func decimal(_ value: Double) -> String {
        value < 10 ? String(format: "%.2f", value) : String(format: "%.1f", value)
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
