/// When a new log file is begun, in UTC.
package enum LogRotation: String, CaseIterable, Sendable {
    case hourly
    case daily
    case never

    /// The number of the period that a time lies in.
    func period(of time: LogTime) -> Int {
        switch self {
        case .hourly: time.wholeDays * 24 + time.hour
        case .daily: time.wholeDays
        case .never: 0
        }
    }

    /// What a file of that time ends in when it is put away: `2025-09-08`, or `2025-09-08T07` of an hour.
    func ending(of time: LogTime) -> String {
        self == .hourly ? time.hourText : time.dayText
    }
}
