/// Sizes as people write them: bytes, or a number with a unit, `64 KiB`, `16 MiB`, `1 GB`.
enum SizeText {
    private static let binary: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    private static let decimal: [(name: String, bytes: Int)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1),
    ]

    static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let name = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let count = Int(digits) else { return nil }
        if name.isEmpty { return count }
        guard let unit = (binary + decimal).first(where: { $0.name.lowercased() == name }) else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// Whether ``format(_:)`` gives it with a unit.
    static func isRound(_ bytes: Int) -> Bool {
        bytes >= 1 << 10 && bytes % (1 << 10) == 0
    }

    /// With the largest unit that divides it.
    static func format(_ bytes: Int) -> String {
        guard bytes > 0, let unit = binary.first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes)" }
        return "\(bytes / unit.bytes) \(unit.name)"
    }
}
