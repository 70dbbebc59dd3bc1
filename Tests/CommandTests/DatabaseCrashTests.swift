import Foundation
import TestSupport
import Testing

/// `kill -9` under load, of the broker, of PostgreSQL, and of both: the tables are exact afterwards.
@Suite struct DatabaseCrashTests {
    enum Victim: CaseIterable, Sendable {
        case broker
        case database
        case both
    }

    private static let count = 2_500
    private static let rounds = 3

    @Test(.timeLimit(.minutes(2)), arguments: Victim.allCases)
    func `the tables are exact after several crashes under load`(victim: Victim) async throws {
        try await DatabaseFixture.with { fixture in
            let toolkit = fixture.toolkit
            try await toolkit.startBroker()
            try await toolkit.makeReceiver()
            let sender = try toolkit.start("cmq-send", as: "alice", ["--to", "bob", "--receipts", "--wait", "60"])
            let receiver = try toolkit.start(
                "cmq-recv",
                as: "bob",
                ["--output", "out.jsonl", "--count", "\(Self.count)", "--wait", "60"]
            )
            let feeding = Task.detached {
                for number in 1...Self.count { try? sender.write("\(number)\n") }
                try? sender.closeInput()
            }
            for round in 1...Self.rounds {
                #expect(
                    await sender.waitForOutput(lines: round * Self.count / (Self.rounds + 2)),
                    "\(sender.soFar.errors)"
                )
                if victim != .broker { try await fixture.server.kill() }
                if victim != .database { await toolkit.killBroker() }
                // The order in which they come back is the harder one: the broker finds no database.
                if victim != .database { try await toolkit.startBroker() }
                if victim != .broker { try await fixture.server.startAgain() }
            }
            let sent = await sender.finish()
            await feeding.value
            #expect(sent.status == 0, "\(sent.errors)")
            #expect(sent.lines.count == Self.count)
            let received = await receiver.finish()
            #expect(received.status == 0, "\(received.errors)")
            let lines = try toolkit.directory.read("out.jsonl").split(separator: "\n").compactMap {
                $0.firstMatch(of: /"content":\s*(\d+)/).flatMap { Int($0.1) }
            }
            #expect(lines.count == Self.count && Set(lines).count == Self.count)
            try await fixture.expectExact(sent)
            let check = try await fixture.admin.local("db", "check")
            #expect(check.status == 0, "\(check.output)\(check.errors)")
        }
    }
}
