import CMQServer
import Testing

@Suite struct ReleaseScheduleTests {
    private let start = ContinuousClock.now

    /// Whether memory is released at each of the seconds, at which so many records are taken.
    private func due(_ schedule: inout ReleaseSchedule, _ records: [(second: Double, count: Int)]) -> [Bool] {
        var answers: [Bool] = []
        for (second, count) in records {
            schedule.took(count, now: start + .seconds(second))
            answers.append(schedule.isDue(isIdle: false, now: start + .seconds(second)))
        }
        return answers
    }

    @Test func littleIsNotWorthTheTrouble() {
        var schedule = ReleaseSchedule()
        schedule.took(9_999, now: start)
        #expect(schedule.rest == nil)
        schedule.took(1, now: start)
        #expect(schedule.rest == 2)
    }

    @Test func memoryIsReleasedOnceAfterARest() {
        var schedule = ReleaseSchedule()
        schedule.took(10_000, now: start)
        let isDue = schedule.isDue(isIdle: true, now: start + .seconds(2))
        #expect(isDue && schedule.rest == nil)
    }

    @Test func memoryIsReleasedOnceAfterALoadWhileRecordsTrickleIn() {
        var schedule = ReleaseSchedule()
        #expect(due(&schedule, [(0, 10_000), (1, 999), (1.9, 0), (2, 0)]) == [false, false, false, true])
        #expect(!due(&schedule, (3...60).map { (Double($0), 999) }).contains(true))
    }

    @Test func nothingIsReleasedWhileTheLoadGoesOn() {
        var schedule = ReleaseSchedule()
        #expect(!due(&schedule, (0...60).map { (Double($0), 1_000) }).contains(true))
    }
}
