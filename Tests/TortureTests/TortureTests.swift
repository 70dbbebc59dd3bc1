import TestSupport
import Testing
import Torture

/// Real processes that are killed, stopped and cut off for some seconds; `make torture` does so for longer.
@Suite struct TortureTests {
    @Test(.timeLimit(.minutes(5)), arguments: ToolkitFixture.Engine.allCases)
    func `nothing acknowledged is lost, nothing is stored twice`(engine: ToolkitFixture.Engine) async throws {
        let settings = TortureSettings(
            seed: UInt64.random(in: 1...1_000_000_000),
            duration: .seconds(15),
            engine: engine
        )
        let report = try await Torture(settings).run()
        #expect(report.problems.isEmpty, "\(report)")
        // A run in which nothing happens would find nothing either; on a loaded machine little happens.
        #expect(report.kills > 0, "\(report)")
        #expect(report.done > 0, "\(report)")
    }
}
