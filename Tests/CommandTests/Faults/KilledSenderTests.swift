import Foundation
import TestSupport
import Testing

/// `cmq-send --spool` dies before each of the calls that leave a trace, one run for each; the next run sends what
/// is left.
@Suite(.enabled(if: Interposer.isAvailable, Interposer.reason)) struct KilledSenderTests {
    private static let groups = 3
    private static let linesInGroup = 3

    /// What one killed run and the runs after it said.
    private struct Outcome {
        var wasKilled: Bool
        /// Where it died, for messages.
        var place: String
        /// The numbers of the lines whose receipts were printed.
        var receipts: Set<Int>
        /// How many lines were whole in the spool when it died.
        var spooled: Int
    }

    @Test(.timeLimit(.minutes(5)), arguments: [false, true])
    func `every line in the spool is sent once, wherever the sender died`(isTorn: Bool) async throws {
        try await ToolkitFixture.with { toolkit in
            try await toolkit.makeReceiver()
            var outcomes: [Int: Outcome] = [:]
            for call in EveryCall.calls {
                let outcome = try await killedRun(toolkit, call, isTorn: isTorn)
                outcomes[call] = outcome
                if !outcome.wasKilled { break }
            }
            #expect(outcomes.values.contains { !$0.wasKilled }, "no run came to its end")
            #expect(outcomes.count > 20, "the kills missed their calls")
            let stored = try await received(toolkit)
            for (call, outcome) in outcomes.sorted(by: { $0.key < $1.key }) {
                let numbers = stored[call] ?? []
                let place = "\(outcome.place), torn: \(isTorn)"
                #expect(numbers == Array(1..<numbers.count + 1), "not once and in order: \(place)")
                #expect(outcome.receipts.isSubset(of: numbers), "acknowledged and not there: \(place)")
                #expect(outcome.spooled <= numbers.count, "\(outcome.spooled) were in the spool: \(place)")
                if !outcome.wasKilled { #expect(numbers.count == Self.groups * Self.linesInGroup) }
            }
        }
    }

    private func killedRun(_ toolkit: ToolkitFixture, _ call: Int, isTorn: Bool) async throws -> Outcome {
        let arguments = ["--to", "bob", "--spool", "spool-\(call)", "--keys", "keys-\(call)"]
        let flags = try arguments + ["--receipts"] + toolkit.connectionFlags("alice")
        let environment = EveryCall.environment(call, isTorn: isTorn, try await Interposer.killAtCall.path())
        let sender = try RunningCommand(
            "cmq-send",
            flags,
            in: toolkit.directory.url,
            environment: environment
        )
        // In groups, so that the spool is written and the broker answers several times.
        for group in 0..<Self.groups {
            let lines = (1...Self.linesInGroup).map { "{\"run\":\(call),\"n\":\(group * Self.linesInGroup + $0)}\n" }
            try? sender.write(lines.joined())
            await sender.waitForOutput(lines: (group + 1) * Self.linesInGroup)
        }
        try? sender.closeInput()
        let killed = await sender.finish()
        #expect(killed.status == 0 || killed.status == 128 + SIGKILL, "\(killed.errors)")
        let spooled = try spooledLines(toolkit, "spool-\(call)")
        // The next one has no lines of its own, and dies at its own call of that number.
        let second = try RunningCommand("cmq-send", flags, in: toolkit.directory.url, environment: environment)
        try? second.closeInput()
        let interrupted = await second.finish()
        #expect(interrupted.status == 0 || interrupted.status == 128 + SIGKILL, "\(interrupted.errors)")
        let next = try await toolkit.run("cmq-send", as: "alice", arguments)
        #expect(next.status == 0, "\(next.errors)")
        let left = try FileManager.default.contentsOfDirectory(atPath: toolkit.directory.file("spool-\(call)"))
        #expect(!left.contains { $0.hasSuffix(".spool") }, "\(left)")
        let receipts = (killed.lines + interrupted.lines).compactMap {
            $0.firstMatch(of: /"line":(\d+)/).flatMap { Int($0.1) }
        }
        return Outcome(
            wasKilled: killed.status != 0,
            place: "\(killed.errors)",
            receipts: Set(receipts),
            spooled: spooled
        )
    }

    private func spooledLines(_ toolkit: ToolkitFixture, _ directory: String) throws -> Int {
        let folder = toolkit.directory.file(directory)
        guard FileManager.default.fileExists(atPath: folder) else { return 0 }
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".spool") }
            .reduce(0) { try $0 + toolkit.directory.read("\(directory)/\($1)").count { $0 == "\n" } }
    }

    /// The numbers that came, by the run that sent them, in the order of their coming.
    private func received(_ toolkit: ToolkitFixture) async throws -> [Int: [Int]] {
        let result = try await toolkit.run("cmq-recv", as: "bob", ["--until-empty", "--field", "content"])
        #expect(result.status == 0, "\(result.errors)")
        var numbers: [Int: [Int]] = [:]
        for line in result.lines {
            let match = try #require(line.firstMatch(of: /"run":(\d+),"n":(\d+)/))
            numbers[try #require(Int(match.1)), default: []].append(try #require(Int(match.2)))
        }
        return numbers
    }
}
