import CMQServer
import Testing

@Suite struct TrimScheduleTests {
    /// As much log as a broker does not write while it has next to nothing to do.
    private static let busy = TrimSchedule.quietBytes + 1

    /// Which of the states, of waiting messages and bytes of log since the last one, give memory back.
    private func due(_ states: [(waiting: Int, bytes: UInt64)]) -> [Int] {
        var schedule = TrimSchedule(end: 1)
        var end: UInt64 = 1
        var asked: [Bool] = []
        for state in states {
            end += state.bytes
            asked.append(schedule.isDue(waiting: state.waiting, end: end))
        }
        return asked.indices.filter { asked[$0] }
    }

    @Test func memoryIsGivenBackOnceAfterTheStart() {
        #expect(due([(0, 0), (0, 0)]) == [0])
        #expect(due([(0, Self.busy), (0, Self.busy), (0, 0), (0, 0)]) == [2])
    }

    @Test func memoryIsGivenBackOnceAfterALargeBacklogAndInAQuietMoment() {
        let states: [(Int, UInt64)] = [
            (0, 0), (0, 0), (99_999, Self.busy), (0, Self.busy), (0, 0), (1_000_000, Self.busy), (600_000, Self.busy),
            (600_000, 0), (400_000, Self.busy), (400_000, 0), (400_000, 0), (0, Self.busy), (0, Self.busy), (0, 0),
            (0, 0),
        ]
        #expect(due(states) == [0, 9, 13])
    }

    @Test func memoryIsGivenBackOnceAfterMuchWasLoggedAndInAQuietMoment() {
        let enough: UInt64 = 16 << 20
        #expect(due([(0, 0), (1, enough - 1), (1, 0), (1, 1), (1, 0), (0, enough), (0, 0)]) == [0, 3, 6])
    }

    @Test func whatTricklesInIsNoReasonToWait() {
        let (enough, little): (UInt64, UInt64) = (16 << 20, TrimSchedule.quietBytes)
        #expect(due([(0, 0), (9, enough), (9, little), (9, little), (9, little)]) == [0, 2])
    }

    /// A consumer that settles slowly writes next to nothing.
    @Test func whatWasLeftForMessagesThatWaitGoesWithThem() {
        let enough: UInt64 = 16 << 20
        #expect(due([(0, 0), (5_000, enough), (4_000, 9), (3_000, 9), (1_000, 9), (0, 9)]) == [0, 2, 4])
    }

    @Test func memoryIsGivenBackOnceAfterManyConnectionsEnded() {
        var schedule = TrimSchedule(end: 1)
        var asked = [schedule.isDue(waiting: 0, end: 1), schedule.isDue(waiting: 0, end: 1)]
        schedule.connectionsEnded()
        for end in [2 + Self.busy, 2 + Self.busy, 2 + Self.busy] { asked.append(schedule.isDue(waiting: 0, end: end)) }
        #expect(asked == [true, false, false, true, false])
    }
}
