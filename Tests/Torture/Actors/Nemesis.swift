internal import Foundation
internal import Glibc
internal import TestSupport

/// Breaks something every few hundred milliseconds, and mends it again.
struct Nemesis {
    private enum Fault: CaseIterable {
        case killClient
        case stopClient
        case endClient
        case cutConnections
        case stallNetwork
        case killBroker
        case endBroker
        case stopBroker
        case disturbDatabase

        /// How often, compared to the others.
        var weight: Int {
            switch self {
            case .killClient: 9
            case .stopClient: 3
            case .endClient: 1
            case .cutConnections: 3
            case .stallNetwork: 1
            case .killBroker: 4
            case .endBroker: 1
            case .stopBroker: 1
            case .disturbDatabase: 2
            }
        }
    }

    let world: TortureWorld
    private var chance: Chance
    private let faults: [Fault]

    init(_ world: TortureWorld) {
        self.world = world
        chance = Chance(seed: world.settings.seed, "nemesis")
        faults = Fault.allCases.filter { world.database != nil || $0 != .disturbDatabase }
            .flatMap { Array(repeating: $0, count: $0.weight) }
    }

    mutating func run() async throws {
        while ContinuousClock.now < world.end {
            try await Task.sleep(for: chance.milliseconds(20...500))
            if !world.toolkit.isBrokerRunning {
                world.history.problem("the broker ended by itself: \(world.toolkit.brokerLog.suffix(2_000))")
                return
            }
            try await commit(chance.pick(faults))
        }
    }

    private mutating func commit(_ fault: Fault) async throws {
        switch fault {
        case .killClient: signalClient(SIGKILL, "kill client")
        case .endClient: signalClient(SIGTERM, "end client")
        case .stopClient: stopClient()
        case .cutConnections:
            world.history.event("cut all")
            world.proxy.cutAll()
        case .stallNetwork:
            world.history.event("stall")
            world.proxy.stall(for: chance.milliseconds(200...3_000))
        case .killBroker: try await killBroker()
        case .endBroker: try await endBroker()
        case .stopBroker:
            world.history.event("stop broker")
            world.toolkit.signalBroker(SIGSTOP)
            try await Task.sleep(for: chance.milliseconds(100...2_500))
            world.toolkit.signalBroker(SIGCONT)
        case .disturbDatabase: try await disturbDatabase()
        }
    }

    private mutating func signalClient(_ signal: Int32, _ kind: String) {
        guard let victim = world.crowd.pick(&chance) else { return }
        world.history.event(kind, victim.name)
        world.crowd.signal(victim, signal)
    }

    /// For longer than the leases, mostly; other faults happen meanwhile.
    private mutating func stopClient() {
        guard let victim = world.crowd.pick(&chance) else { return }
        let duration = chance.milliseconds(500...4_000)
        world.history.event("stop client", "\(victim.name) for \(duration)")
        world.crowd.signal(victim, SIGSTOP)
        let crowd = world.crowd
        Task {
            try await Task.sleep(for: duration)
            crowd.signal(victim, SIGCONT)
        }
    }

    private mutating func killBroker() async throws {
        world.history.event("kill broker")
        await world.toolkit.killBroker()
        if chance.oneIn(2) { try await Task.sleep(for: chance.milliseconds(1...1_500)) }
        try await world.toolkit.startBroker()
    }

    private mutating func endBroker() async throws {
        world.history.event("end broker")
        let result = await world.toolkit.stopBroker()
        if let result, result.status != 0 {
            world.history.problem("the broker ended with \(result.status): \(result.errors.suffix(2_000))")
        }
        try await world.toolkit.startBroker()
    }

    private mutating func disturbDatabase() async throws {
        guard let database = world.database else { return }
        switch chance.within(0...2) {
        case 0:
            world.history.event("restart database")
            try await database.restart()
        case 1:
            world.history.event("kill database")
            try await database.kill()
            if chance.oneIn(2) { try await killBroker() }
            try await Task.sleep(for: chance.milliseconds(1...1_000))
            try await database.startAgain()
        default:
            world.history.event("freeze database")
            database.freeze()
            try await Task.sleep(for: chance.milliseconds(100...2_000))
            database.thaw()
        }
    }
}
