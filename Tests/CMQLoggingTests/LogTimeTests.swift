import Foundation
import Testing

@testable import CMQLogging

struct LogTimeTests {
    @Test func writesTheFormOfTheSeeds() {
        #expect(LogTime(secondsSinceEpoch: 1_757_314_980).rfc3339 == "2025-09-08T07:03:00Z")
        #expect(LogTime(secondsSinceEpoch: 0).rfc3339 == "1970-01-01T00:00:00Z")
        #expect(LogTime(secondsSinceEpoch: -1).rfc3339 == "1969-12-31T23:59:59Z")
        #expect(LogTime(secondsSinceEpoch: 1_709_164_799).rfc3339 == "2024-02-28T23:59:59Z")
        #expect(LogTime(secondsSinceEpoch: 1_709_164_800).rfc3339 == "2024-02-29T00:00:00Z")
    }

    @Test func agreesWithFoundation() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1_000 {
            let seconds = Int.random(in: -2_000_000_000...100_000_000_000, using: &generator)
            let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
            #expect(LogTime(secondsSinceEpoch: seconds).rfc3339 == expected)
        }
    }

    @Test func periodsBeginOnTheHourAndTheDay() {
        let before = TurnedClock.time("2025-09-08T07:59:59Z")
        let after = TurnedClock.time("2025-09-08T08:00:00Z")
        let nextDay = TurnedClock.time("2025-09-09T00:00:00Z")
        #expect(LogRotation.hourly.period(of: after) == LogRotation.hourly.period(of: before) + 1)
        #expect(LogRotation.daily.period(of: after) == LogRotation.daily.period(of: before))
        #expect(LogRotation.daily.period(of: nextDay) == LogRotation.daily.period(of: before) + 1)
        #expect(LogRotation.never.period(of: nextDay) == LogRotation.never.period(of: before))
    }
}
