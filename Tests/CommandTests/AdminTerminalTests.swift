import CMQClient
import Foundation
import TestSupport
import Testing

/// What needs a terminal: `script` gives the command one.
@Suite struct AdminTerminalTests {
    /// - Parameter flags: How to connect; `nil` for the administrator's.
    private func onTerminal(
        _ admin: AdminFixture,
        _ arguments: [String],
        flags: [String]? = nil
    ) throws -> RunningCommand {
        let program = RunningCommand.buildDirectory.appendingPathComponent("cmq-admin").path
        let words = try [program] + arguments + (flags ?? admin.toolkit.connectionFlags(ToolkitFixture.admin))
        let command = words.map { "'\($0)'" }.joined(separator: " ")
        return try RunningCommand(
            "script",
            ["-qec", "trap : INT; stty cols 90 rows 20; \(command); echo \"status=$?\"; stty -a", "/dev/null"],
            in: admin.toolkit.directory.url,
            environment: ["TERM": "xterm"]
        )
    }

    @Test(arguments: ["q", "\u{3}"])
    func `top takes the screen and gives it back`(key: String) async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2")
            let top = try onTerminal(admin, ["top", "--interval", "0.1"])
            // Rates need two reports.
            #expect(await top.waitForOutput(containing: "acknowledged 0/s"))
            try top.write(key)
            let result = await top.finish()
            #expect(result.output.contains("status=0"), "\(result.output)")
            let screen = try #require(result.output.range(of: "\u{1B}[?1049h"))
            let restored = try #require(result.output.range(of: "\u{1B}[?25h\u{1B}[?1049l"))
            #expect(screen.upperBound < restored.lowerBound)
            #expect(result.output[screen.upperBound...].contains("bob"))
            // Echo and line editing are back.
            let settings = result.output[restored.upperBound...].split { " ;\r\n".contains($0) }
            #expect(settings.contains("echo"))
            #expect(settings.contains("icanon"))
        }
    }

    @Test func `top goes on when the broker is away for a while`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1")
            let top = try onTerminal(admin, ["top", "--interval", "0.1"])
            #expect(await top.waitForOutput(containing: "published 0/s"))
            await admin.toolkit.killBroker()
            #expect(await top.waitForOutput(containing: "NOT REACHABLE"))
            try await admin.toolkit.startBroker()
            try await admin.publish("m-2")
            #expect(await top.waitForOutput(containing: "bob        2        0"))
            try top.write("q")
            #expect(await top.finish().output.contains("status=0"))
        }
    }

    @Test func `purge asks, and deletes on yes only`() async throws {
        try await AdminFixture.with { admin in
            try await admin.publish("m-1", "m-2")
            for (answer, left) in [("n\r", 2), ("y\r", 0)] {
                let purge = try onTerminal(admin, ["purge", "bob"])
                #expect(await purge.waitForOutput(containing: "Delete 2 messages from 'bob' for good? [y/N] "))
                try purge.write(answer)
                let result = await purge.finish()
                #expect(result.output.contains(left == 0 ? "status=0" : "status=1"), "\(result.output)")
                #expect(try await admin.ready("bob") == left)
            }
        }
    }

    @Test func `tables fit the terminal`() async throws {
        try await AdminFixture.with { admin in
            let long = String(repeating: "long-", count: 30)
            let alice = try await admin.client("alice")
            try await alice.declareQueue(long)
            await alice.close()
            let queues = try onTerminal(admin, ["queues"])
            let inspect = try onTerminal(admin, ["journal", "inspect"], flags: [])
            for command in [queues, inspect] {
                let shown = await command.finish().output.split(separator: "\r\n").filter { $0.contains("long-") }
                #expect(shown.count == 1)
                #expect(shown.allSatisfy { $0.count == 90 && $0.contains("…") })
            }
            #expect(try await admin.live("queues").output.contains(long))
            #expect(try await admin.local("journal", "inspect").output.contains(long))
        }
    }
}
