internal import Glibc

/// A point in time with the resolution of a log line.
package struct LogTime: Hashable, Comparable, Sendable {
    package var secondsSinceEpoch: Int

    package init(secondsSinceEpoch: Int) {
        self.secondsSinceEpoch = secondsSinceEpoch
    }

    package static func < (left: LogTime, right: LogTime) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }

    /// What the wall clock of the system says.
    package static var now: LogTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return LogTime(secondsSinceEpoch: time.tv_sec)
    }

    /// RFC 3339 in UTC: `2025-09-08T07:03:00Z`.
    package var rfc3339: String { "\(hourText):\(Self.twoDigits(minute)):\(Self.twoDigits(second))Z" }

    /// `2025-09-08`
    var dayText: String {
        let (year, month, day) = date
        let digits = String(year)
        let padding = String(repeating: "0", count: max(0, 4 - digits.count))
        return "\(padding)\(digits)-\(Self.twoDigits(month))-\(Self.twoDigits(day))"
    }

    /// `2025-09-08T07`
    var hourText: String { "\(dayText)T\(Self.twoDigits(hour))" }

    /// Days since the epoch, rounded down.
    var wholeDays: Int { (secondsSinceEpoch - secondOfDay) / 86_400 }

    /// 0 to 23.
    var hour: Int { secondOfDay / 3_600 }

    private var minute: Int { secondOfDay / 60 % 60 }
    private var second: Int { secondOfDay % 60 }

    private var secondOfDay: Int {
        let remainder = secondsSinceEpoch % 86_400
        return remainder < 0 ? remainder + 86_400 : remainder
    }

    private var date: (year: Int, month: Int, day: Int) {
        // Howard Hinnant's civil_from_days: years begin in March, so that leap days come last.
        let days = wholeDays + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
