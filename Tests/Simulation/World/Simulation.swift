import CMQWire

/// Runs of many seeds, added up.
package struct Simulation: Sendable {
    package private(set) var figures = World.Figures()
    package private(set) var seeds = 0
    package private(set) var published = 0
    package private(set) var done = 0
    package private(set) var unknown = 0
    package private(set) var recovered = 0
    package private(set) var duplicated = 0
    /// Everything that happened, as one number: the same seeds give the same.
    package private(set) var fingerprint: UInt64 = 0

    private let stateEvery: Int

    /// - Parameter stateEvery: At every so manyth step the core's whole state is compared, which takes most of the time.
    package init(stateEvery: Int = 1) {
        self.stateEvery = stateEvery
    }

    /// Runs one seed; a failure is run a second time, to say what led to it.
    package mutating func run(seed: UInt64, steps: Int, bug: PlantedBug? = nil) throws(Violation) {
        let world = World(seed: seed, bug: bug, stateEvery: stateEvery)
        let verdict: History.Verdict
        do throws(Violation) {
            verdict = try world.run(steps: steps)
        } catch {
            _ = try World(seed: seed, bug: bug, stateEvery: stateEvery, isTracing: true).run(steps: steps)
            throw error
        }
        seeds += 1
        figures.steps += world.figures.steps
        figures.crashes += world.figures.crashes
        figures.stops += world.figures.stops
        figures.recordsLostInCrashes += world.figures.recordsLostInCrashes
        figures.journalFailures += world.figures.journalFailures
        figures.resets += world.figures.resets
        figures.checkpoints += world.figures.checkpoints
        figures.outages += world.figures.outages
        figures.records += world.figures.records
        figures.redelivered += world.figures.redelivered
        figures.leasesExpired += world.figures.leasesExpired
        figures.deadLettered += world.figures.deadLettered
        figures.duplicates += world.figures.duplicates
        figures.refused += world.figures.refused
        published += verdict.published
        done += verdict.done
        unknown += verdict.unknown
        recovered += verdict.recovered
        duplicated += verdict.duplicated
        fingerprint = fingerprint &* 31 &+ world.fingerprint
    }

    package var summary: String {
        """
        \(seeds) seeds, \(figures.steps) steps, \(figures.records) records, fingerprint \(String(fingerprint, radix: 16))
        crashes \(figures.crashes), records lost in them \(figures.recordsLostInCrashes), stops \(figures.stops), resets \(figures.resets), \
        journal failures \(figures.journalFailures), checkpoints \(figures.checkpoints), outages \(figures.outages)
        retries recognised \(figures.duplicates), refused \(figures.refused), redelivered \(figures.redelivered), \
        leases expired \(figures.leasesExpired), dead letters \(figures.deadLettered)
        published \(published): done \(done), unknown \(unknown), of those recovered \(recovered); \
        handed out more than once \(duplicated); lost 0, unexpected 0
        """
    }
}
