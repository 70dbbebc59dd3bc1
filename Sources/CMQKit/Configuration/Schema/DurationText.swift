/// Durations as people write them: `500ms`, `60s`, `15m`, `24h`, `90d`, or plain seconds.
enum DurationText {
    private static let units: [(name: String, duration: Duration)] = [
        ("us", .microseconds(1)), ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)),
        ("h", .seconds(3_600)), ("d", .seconds(86_400)),
    ]

    /// A million years: beyond, arithmetic could overflow, and nobody means it.
    private static let secondsMax = 31_556_952_000_000

    static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let name = text.dropFirst(digits.count).drop { $0 == " " }
        guard let count = Int(digits) else { return nil }
        if name.isEmpty { return seconds(count) }
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        guard count <= secondsMax / max(1, Int(unit.duration.components.seconds)) else { return nil }
        return unit.duration * count
    }

    static func seconds(_ count: Int) -> Duration? {
        (0...secondsMax).contains(count) ? .seconds(count) : nil
    }

    /// The shortest exact form; what is finer than a microsecond is cut off.
    static func format(_ duration: Duration) -> String {
        if duration == .zero { return "0s" }
        let microseconds = microseconds(duration)
        for unit in units.reversed() where microseconds % Self.microseconds(unit.duration) == 0 {
            return "\(microseconds / Self.microseconds(unit.duration))\(unit.name)"
        }
        return "\(microseconds)us"
    }

    private static func microseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
    }
}
