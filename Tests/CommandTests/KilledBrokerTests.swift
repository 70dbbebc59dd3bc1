import Foundation
import TestSupport
import Testing

/// The promise of the toolkit, with real processes and SIGKILL: every line once, in order.
@Suite struct KilledBrokerTests {
    private static let count = 20_000

    private var lines: [String] { (1...Self.count).map { "{\"n\":\($0)}" } }

    private func sendAll(_ toolkit: ToolkitFixture) async throws {
        let input = lines.joined(separator: "\n") + "\n"
        let sent = try await toolkit.run("cmq-send", as: "alice", ["--to", "bob"], input: input)
        #expect(sent.status == 0, "\(sent.errors)")
    }

    @Test func deliversEveryLineOnceAndInOrder() async throws {
        try await ToolkitFixture.with { toolkit in
            try await toolkit.makeReceiver()
            try await sendAll(toolkit)
            let received = try await toolkit.run(
                "cmq-recv",
                as: "bob",
                ["--count", "\(Self.count)", "--field", "content", "--timeout", "120"]
            )
            #expect(received.status == 0, "\(received.errors)")
            #expect(received.lines.map(String.init) == lines)
        }
    }

    @Test func losesNothingWhenTheBrokerIsKilledWhileSending() async throws {
        try await ToolkitFixture.with { toolkit in
            try await toolkit.makeReceiver()
            let sender = try toolkit.start("cmq-send", as: "alice", ["--to", "bob", "--receipts"])
            let feeding = Task.detached { [lines] in
                for line in lines { try? sender.write(line + "\n") }
                try? sender.closeInput()
            }
            for round in 1...3 {
                #expect(await sender.waitForOutput(lines: round * Self.count / 5))
                await toolkit.killBroker()
                try await toolkit.startBroker()
            }
            let sent = await sender.finish()
            await feeding.value
            #expect(sent.status == 0, "\(sent.errors)")
            let received = try await toolkit.run(
                "cmq-recv",
                as: "bob",
                ["--count", "\(Self.count)", "--field", "content", "--timeout", "120"]
            )
            #expect(received.lines.map(String.init) == lines)
            let rest = try await toolkit.run("cmq-recv", as: "bob", ["--until-empty"])
            #expect(rest.status == 0 && rest.output == "", "\(rest.errors)")
        }
    }

    @Test func storesNothingTwiceWhenBrokerAndReceiverAreKilled() async throws {
        try await ToolkitFixture.with { toolkit in
            try await toolkit.makeReceiver()
            try await sendAll(toolkit)
            let arguments = ["--output", "out.jsonl", "--timeout", "120"]
            let stored = toolkit.directory.url.appendingPathComponent("out.jsonl")
            func size() -> Int { (try? Data(contentsOf: stored).count) ?? 0 }
            for _ in 1...3 {
                let before = size()
                let receiver = try toolkit.start("cmq-recv", as: "bob", arguments)
                try await checkFor(.seconds(60)) { size() > before + 100_000 }
                await toolkit.killBroker()
                try await toolkit.startBroker()
                receiver.signal(SIGKILL)
                _ = await receiver.finish()
            }
            let last = try await toolkit.run("cmq-recv", as: "bob", ["--output", "out.jsonl", "--until-empty"])
            #expect(last.status == 0, "\(last.errors)")
            let numbers = try String(contentsOf: stored, encoding: .utf8).split(separator: "\n").map {
                $0.firstMatch(of: /"n":\s*(\d+)/).flatMap { Int($0.1) }
            }
            #expect(numbers.count == Self.count)
            #expect(Set(numbers).count == Self.count && !numbers.contains(nil))
        }
    }

    @Test func leavesNoPlaintextWithTheBroker() async throws {
        try await ToolkitFixture.with { toolkit in
            try await toolkit.makeReceiver()
            let secret = "the-formula-\(UInt64.random(in: 0 ... .max))"
            let sent = try await toolkit.run("cmq-send", as: "alice", ["--to", "bob"], input: "\"\(secret)\"\n")
            #expect(sent.status == 0, "\(sent.errors)")
            let log = await toolkit.stopBroker()?.errors ?? ""
            #expect(log.contains("Client connected"))
            let found = try await run("grep", ["-ra", secret, toolkit.directory.file("cmq-data")])
            #expect(found.status == 1, "\(found.output)")
            #expect(!log.contains(secret))
        }
    }
}
