import CMQServer
import Testing

@Suite struct TrimScheduleTests {
    /// Which of the states, of waiting messages and bytes of log, give memory back.
    private func due(_ states: [(waiting: Int, end: UInt64)]) -> [Int] {
        var schedule = TrimSchedule(end: 1)
        var asked: [Bool] = []
        for state in states { asked.append(schedule.isDue(waiting: state.waiting, end: state.end)) }
        return asked.indices.filter { asked[$0] }
    }

    @Test func memoryIsGivenBackOnceAfterTheStart() {
        #expect(due([(0, 1), (0, 1)]) == [0])
        #expect(due([(0, 2), (0, 3), (0, 3), (0, 3)]) == [2])
    }

    @Test func memoryIsGivenBackOnceAfterALargeBacklogAndInAQuietMoment() {
        let states: [(Int, UInt64)] = [
            (0, 1), (0, 1), (99_999, 2), (0, 3), (0, 3), (1_000_000, 4), (600_000, 5), (600_000, 5), (400_000, 6),
            (400_000, 6), (400_000, 6), (0, 7), (0, 8), (0, 8), (0, 8),
        ]
        #expect(due(states) == [0, 9, 13])
    }

    @Test func memoryIsGivenBackOnceAfterMuchWasLoggedAndInAQuietMoment() {
        let enough: UInt64 = 16 << 20
        let states: [(Int, UInt64)] = [
            (0, 1), (0, 1), (1, enough), (1, enough), (1, enough + 1), (1, enough + 1), (1, enough + 1),
            (0, 2 * enough + 1), (0, 2 * enough + 1),
        ]
        #expect(due(states) == [0, 5, 8])
    }

    @Test func memoryIsGivenBackOnceAfterManyConnectionsEnded() {
        var schedule = TrimSchedule(end: 1)
        var asked = [schedule.isDue(waiting: 0, end: 1), schedule.isDue(waiting: 0, end: 1)]
        schedule.connectionsEnded()
        for end: UInt64 in [2, 2, 2] { asked.append(schedule.isDue(waiting: 0, end: end)) }
        #expect(asked == [true, false, false, true, false])
    }
}
