import Testing

@testable import CMQServer

@Suite struct SyncScheduleTests {
    @Test func theLoopWaitsForAQuickDiskWithLittleToDo() {
        var schedule = SyncSchedule()
        let isHereWithMuchToDo = schedule.isHere(records: SyncSchedule.recordsMax + 1, now: 5)
        #expect(!isHereWithMuchToDo)
        let isHere = schedule.isHere(records: SyncSchedule.recordsMax, now: 10)
        #expect(isHere)
        schedule.ended(at: 10 + SyncSchedule.slowNanoseconds)
        let isHereAgain = schedule.isHere(records: 1, now: 10 + SyncSchedule.slowNanoseconds)
        #expect(isHereAgain)
    }

    @Test func aSlowDiskIsLeftToTheJournalsThreadForAWhile() {
        var schedule = SyncSchedule()
        _ = schedule.isHere(records: 1, now: 1_000)
        let end = 1_001 + SyncSchedule.slowNanoseconds
        schedule.ended(at: end)
        let isHereAtOnce = schedule.isHere(records: 1, now: end + SyncSchedule.pauseNanoseconds - 1)
        #expect(!isHereAtOnce)
        let isHereLater = schedule.isHere(records: 1, now: end + SyncSchedule.pauseNanoseconds)
        #expect(isHereLater)
    }
}
