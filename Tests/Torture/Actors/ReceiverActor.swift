internal import Foundation
internal import Glibc
internal import TestSupport

/// Starts one `cmq-recv --output` after the other on one file, as one identity.
struct ReceiverActor {
    let world: TortureWorld
    let name: String
    private var chance: Chance

    init(_ world: TortureWorld, name: String) {
        self.world = world
        self.name = name
        chance = Chance(seed: world.settings.seed, name)
    }

    mutating func run() async throws {
        while !world.isOver {
            let result = try await liveOnce(isCalm: world.isCalm)
            world.history.event("recv ended \(result.status)", "\(name) \(result.errors.suffix(200))")
            // SIGTERM may come before there is a handler for it.
            if ![0, 69, 75, 128 + SIGKILL, 128 + SIGTERM].contains(result.status) {
                world.history.problem("cmq-recv of \(name) ended with \(result.status): \(result.errors.suffix(500))")
            }
            try await Task.sleep(for: chance.milliseconds(1...200))
        }
    }

    private mutating func liveOnce(isCalm: Bool) async throws -> CommandResult {
        var arguments = ["--output", world.outputFile(name), "--private-key", "receiver_private.key"]
        arguments += ["--prefetch", "\(chance.pick([1, 7, 100, 1_000]))", "--wait", "30"]
        if !isCalm, chance.oneIn(5) { arguments.append("--until-empty") }
        if !isCalm, chance.oneIn(5) { arguments += ["--count", "\(chance.within(1...50))"] }
        let throughProxy = !isCalm && !chance.oneIn(3)
        let process = try RunningCommand(
            "cmq-recv",
            arguments + world.connection(name, throughProxy: throughProxy),
            in: world.toolkit.directory.url
        )
        return await world.crowd.finish(name, process)
    }
}
