import Foundation
import TestSupport
import Testing

/// `cmq-recv --output` dies before each of the calls that leave a trace, one run after the other on one file.
@Suite(.enabled(if: Interposer.isAvailable, Interposer.reason)) struct KilledReceiverTests {
    private static let messagesInRun = 6

    @Test(.timeLimit(.minutes(5)), arguments: [false, true])
    func `every message is stored once, wherever the receiver died`(isTorn: Bool) async throws {
        try await ToolkitFixture.with(settings: ["delivery.max_deliveries": "100000"]) { toolkit in
            try await toolkit.makeReceiver()
            var kills = 0
            var sent = 0
            var passes = false
            for call in EveryCall.calls where !passes {
                let lines = (1...Self.messagesInRun).map { "\(sent + $0)\n" }.joined()
                sent += Self.messagesInRun
                #expect(try await toolkit.run("cmq-send", as: "alice", ["--to", "bob"], input: lines).status == 0)
                let receiver = try await toolkit.run(
                    "cmq-recv",
                    as: "bob",
                    ["--output", "out.jsonl", "--count", "\(Self.messagesInRun)", "--prefetch", "2"],
                    environment: EveryCall.environment(call, isTorn: isTorn, try await Interposer.killAtCall.path())
                )
                #expect(receiver.status == 0 || receiver.status == 128 + SIGKILL, "\(receiver.errors)")
                passes = receiver.status == 0
                kills += passes ? 0 : 1
                let stored = try numbers(toolkit, mayBeTorn: true)
                #expect(Set(stored).count == stored.count, "stored twice: \(receiver.errors), torn: \(isTorn)")
            }
            #expect(passes, "no run came to its end")
            #expect(kills > 10, "the kills missed their calls")
            let last = try await toolkit.run("cmq-recv", as: "bob", ["--output", "out.jsonl", "--until-empty"])
            #expect(last.status == 0, "\(last.errors)")
            let stored = try numbers(toolkit, mayBeTorn: false)
            #expect(stored.sorted() == Array(1...sent), "torn: \(isTorn), after \(kills) kills")
        }
    }

    /// What the file holds; a line without its end is none.
    private func numbers(_ toolkit: ToolkitFixture, mayBeTorn: Bool) throws -> [Int] {
        guard toolkit.directory.exists("out.jsonl") else { return [] }
        var text = try toolkit.directory.read("out.jsonl")[...]
        if mayBeTorn, let end = text.lastIndex(of: "\n") { text = text[...end] } else if mayBeTorn { text = "" }
        return try text.split(separator: "\n").map { line in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try #require(object?.value("message", "content") as? Int, "\(line)")
        }
    }
}
