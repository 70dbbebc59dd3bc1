internal import Glibc

/// A point in time in microseconds, written as RFC 3339 in UTC: `2026-01-02T03:04:05.123456Z`.
///
/// All texts have the same length, so that their order as texts is their order in time.
package struct CatalogTime: Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The system's clock.
    package static func now() -> CatalogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return CatalogTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    package static func - (time: CatalogTime, duration: Duration) -> CatalogTime {
        let (seconds, attoseconds) = duration.components
        let microseconds = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !microseconds.overflow else { return CatalogTime(microseconds: seconds > 0 ? .min : .max) }
        let difference = time.microseconds.subtractingReportingOverflow(
            microseconds.partialValue + attoseconds / 1_000_000_000_000
        )
        guard !difference.overflow else { return CatalogTime(microseconds: seconds > 0 ? .min : .max) }
        return CatalogTime(microseconds: difference.partialValue)
    }

    // 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: RFC 3339 has four digits for the year.
    private static let range: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999
}

extension CatalogTime: Comparable {
    package static func < (left: CatalogTime, right: CatalogTime) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension CatalogTime: LosslessStringConvertible {
    /// 27 characters. Times outside the years 0 to 9999 are written as the nearest one inside.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.textBytes) { write(to: $0) }
    }

    static let textBytes = 27

    /// Writes the ``description`` into the first bytes of `buffer`; says how many: ``textBytes``.
    func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let clamped = min(max(microseconds, Self.range.lowerBound), Self.range.upperBound)
        let (day, time) = Self.divide(clamped, by: 86_400_000_000)
        let date = CivilDate(daysSince1970: day)
        let seconds = time / 1_000_000
        var count = 0
        func put(_ value: Int64, digits: Int, then separator: Unicode.Scalar) {
            var rest = value
            for index in stride(from: count + digits - 1, through: count, by: -1) {
                buffer[index] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            buffer[count + digits] = UInt8(ascii: separator)
            count += digits + 1
        }
        put(date.year, digits: 4, then: "-")
        put(date.month, digits: 2, then: "-")
        put(date.day, digits: 2, then: "T")
        put(seconds / 3_600, digits: 2, then: ":")
        put(seconds / 60 % 60, digits: 2, then: ":")
        put(seconds % 60, digits: 2, then: ".")
        put(time % 1_000_000, digits: 6, then: "Z")
        return count
    }

    /// Reads RFC 3339 with any number of fractional digits (those beyond microseconds are dropped)
    /// and any offset, as earlier versions wrote it; `nil` for anything else.
    package init?(_ text: String) {
        var text = text
        let parsed = text.withUTF8 { bytes in
            var parser = RFC3339Parser(bytes: bytes)
            return parser.parse()
        }
        guard let parsed else { return nil }
        microseconds = parsed
    }

    /// Floor division, so that times before 1970 have a positive time of day.
    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension CatalogTime: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = CatalogTime(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time of RFC 3339")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
