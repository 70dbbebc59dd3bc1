import CMQServer
import Testing

@Suite struct TrimScheduleTests {
    @Test func memoryIsGivenBackOnceAfterALargeBacklogAndInAQuietMoment() {
        var schedule = TrimSchedule()
        var asked: [Bool] = []
        for (waiting, end) in [
            (0, 1), (0, 1), (99_999, 2), (0, 3), (0, 3), (1_000_000, 4), (600_000, 5), (600_000, 5), (400_000, 6),
            (400_000, 6), (400_000, 6), (0, 7), (0, 8), (0, 8), (0, 8),
        ] {
            asked.append(schedule.isDue(waiting: waiting, end: UInt64(end)))
        }
        #expect(asked.indices.filter { asked[$0] } == [9, 13])
    }
}
