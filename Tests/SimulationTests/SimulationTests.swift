import Foundation
import Simulation
import TestSupport
import Testing

/// The core in worlds that break. A failure names its seed: `make sim SEED=… STEPS=…`.
@Suite struct SimulationTests {
    private static let steps = 4_000
    /// How long to look for worlds that break a promise.
    private static let secondsOfFreshSeeds =
        ProcessInfo.processInfo.environment["CMQ_SIMULATION_SECONDS"].flatMap(Int.init) ?? 8

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func keepsEveryPromise(seed: UInt64) throws {
        var simulation = Simulation()
        try simulation.run(seed: seed, steps: Self.steps)
        #expect(simulation.figures.steps == Self.steps)
    }

    @Test func keepsEveryPromiseInWorldsNeverSeenBefore() throws {
        var simulation = Simulation()
        let end = ContinuousClock.now + .seconds(Self.secondsOfFreshSeeds)
        // Some at least, on a machine that is slow or under a sanitizer.
        while ContinuousClock.now < end || simulation.seeds < 12 {
            try simulation.run(seed: UInt64.random(in: 1...1_000_000_000), steps: Self.steps)
        }
        // A world in which nothing happens would keep every promise too.
        #expect(simulation.figures.crashes > 0)
        #expect(simulation.figures.recordsLostInCrashes > 0)
        #expect(simulation.figures.stops > 0)
        #expect(simulation.figures.resets > 0)
        #expect(simulation.figures.journalFailures > 0)
        #expect(simulation.done > 0)
        #expect(simulation.recovered > 0)
    }

    @Test(arguments: PlantedBug.allCases)
    func findsMistakesOfTheLoop(bug: PlantedBug) {
        var simulation = Simulation(stateEvery: 20)
        #expect(throws: Violation.self) {
            for seed in 1...100 as ClosedRange<UInt64> {
                try simulation.run(seed: seed, steps: Self.steps, bug: bug)
            }
        }
    }

    /// Also in another process, where every Dictionary has another order.
    @Test func theSameSeedIsTheSameRun() async throws {
        let program = RunningCommand.buildDirectory.appendingPathComponent("simulate").path
        let first = try await run(program, ["7", "\(Self.steps)", "3"])
        let second = try await run(program, ["7", "\(Self.steps)", "3"])
        #expect(first.status == 0)
        #expect(first.output.contains("fingerprint"))
        #expect(first.lines.dropFirst() == second.lines.dropFirst())
    }
}
