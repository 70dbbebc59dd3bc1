internal import Foundation
internal import Glibc
internal import TestSupport

/// Starts one `cmq-send` after the other as one identity, with or without a spool, and notes what each said.
struct SenderActor {
    let world: TortureWorld
    let name: String
    let usesSpool: Bool
    private var chance: Chance
    private var life = 0

    init(_ world: TortureWorld, name: String, usesSpool: Bool) {
        self.world = world
        self.name = name
        self.usesSpool = usesSpool
        chance = Chance(seed: world.settings.seed, name)
    }

    mutating func run() async throws {
        while ContinuousClock.now < world.end {
            try await liveOnce()
            try await Task.sleep(for: chance.milliseconds(1...300))
        }
    }

    private mutating func liveOnce() async throws {
        life += 1
        let receivers = world.receivers.filter { _ in chance.oneIn(2) }
        var record = SenderLife(
            sender: name,
            number: life,
            receivers: receivers.isEmpty ? [chance.pick(world.receivers)] : receivers,
            count: chance.skewed(upTo: 250),
            usesSpool: usesSpool
        )
        let lines = try makeLines(record.count)
        let process = try RunningCommand(
            "cmq-send",
            arguments(record) + world.connection(name, throughProxy: !chance.oneIn(3)),
            in: world.toolkit.directory.url
        )
        let pause = chance.oneIn(3) ? chance.milliseconds(1...40) : nil
        let feeding = Task.detached {
            for line in lines {
                if let pause { try await Task.sleep(for: pause) }
                try process.write(line)
            }
            try process.closeInput()
        }
        let result = await world.crowd.finish(record.name, process)
        feeding.cancel()
        // A sender that was killed takes no more lines.
        _ = await feeding.result
        record.status = result.status
        record.wasAskedToEnd = world.crowd.wasAskedToEnd(process)
        record.receipts = PrintedReceipt.all(in: result.output)
        world.history.event("send ended \(result.status)", "\(record.name) \(result.errors.suffix(200))")
        world.history.add(record)
        expect(record, result)
    }

    private mutating func arguments(_ life: SenderLife) -> [String] {
        var arguments = ["--receipts", "--quiet", "--keys", "keys-\(name)", "--to"] + life.receivers
        arguments += ["--window", "\(chance.pick([1, 3, 20, 1_000]))", "--batch", "\(chance.pick([1, 5, 256]))"]
        arguments += ["--timeout", "\(chance.within(2...10))"]
        if usesSpool { arguments += ["--spool", "spool-\(name)"] }
        if chance.oneIn(3) { arguments += ["--wait", "20"] }
        return arguments
    }

    private mutating func makeLines(_ count: Int) throws -> [String] {
        let paddingMax = chance.pick([10, 10, 400, 20_000])
        return try (1...count).map { line in
            let padding = String(repeating: "x", count: chance.within(0...paddingMax))
            let content = StoredMessage.Content(sender: name, life: life, line: line, padding: padding)
            return String(decoding: try JSONEncoder().encode(content), as: UTF8.self) + "\n"
        }
    }

    /// Killed, done, away (69) or in doubt (75); anything else is a way to end that nobody promised.
    private func expect(_ life: SenderLife, _ result: CommandResult) {
        if ![0, 69, 75, 128 + SIGKILL, 128 + SIGTERM].contains(result.status) {
            world.history.problem("\(life.name) ended with \(result.status): \(result.errors.suffix(500))")
        }
        guard life.outcome == .done else { return }
        if Set(life.receipts.map(\.messageID)).count < life.count * life.receivers.count {
            world.history.problem("\(life.name) ended with 0 without a receipt for each line")
        }
    }

    /// Sends what is left in the spool, when everything is calm again.
    func drain() async throws {
        guard usesSpool, world.toolkit.directory.exists("spool-\(name)") else { return }
        let arguments = [
            "--to", world.receivers[0], "--keys", "keys-\(name)", "--spool", "spool-\(name)", "--wait", "60",
        ]
        let result = try await TestSupport.run(
            "cmq-send",
            arguments + world.connection(name, throughProxy: false),
            in: world.toolkit.directory.url
        )
        let left = try FileManager.default.contentsOfDirectory(atPath: world.toolkit.directory.file("spool-\(name)"))
        if result.status != 0 || left.contains(where: { $0.hasSuffix(".spool") }) {
            world.history.problem("the spool of \(name) does not empty: \(result.status) \(left) \(result.errors)")
        }
    }
}
