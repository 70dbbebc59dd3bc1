import Foundation
import TestSupport
import Testing

/// What `cmq-send --spool` does with lines that the broker refuses for now.
@Suite struct FullQueueTests {
    private static let arguments = ["--to", "bob", "--spool", "spool", "--retries", "0"]

    /// Runs `body` with a broker whose queue for bob takes one message, and has it.
    private func withFullQueue(_ body: (ToolkitFixture) async throws -> Void) async throws {
        try await ToolkitFixture.with(settings: ["limits.queue_messages": "1"]) { toolkit in
            try await toolkit.makeReceiver()
            let first = try await toolkit.run("cmq-send", as: "alice", ["--to", "bob"], input: "1\n")
            #expect(first.status == 0, "\(first.errors)")
            try await body(toolkit)
        }
    }

    private func received(_ toolkit: ToolkitFixture) async throws -> [String] {
        let result = try await toolkit.run("cmq-recv", as: "bob", ["--until-empty", "--field", "content"])
        #expect(result.status == 0, "\(result.errors)")
        return result.lines.map { String($0) }
    }

    @Test(.timeLimit(.minutes(1)))
    func `lines that a full queue refuses stay in the spool, and the next run sends them`() async throws {
        try await withFullQueue { toolkit in
            let refused = try await toolkit.run("cmq-send", as: "alice", Self.arguments, input: "2\n")
            #expect(refused.status == 75, "\(refused.errors)")
            #expect(refused.errors.contains("1 messages stay in spool"), "\(refused.errors)")
            #expect(try await received(toolkit) == ["1"])
            let next = try await toolkit.run("cmq-send", as: "alice", Self.arguments)
            #expect(next.status == 0, "\(next.errors)")
            #expect(try await received(toolkit) == ["2"])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `while input may come, a refused line is sent once there is room`() async throws {
        try await withFullQueue { toolkit in
            let sender = try toolkit.start("cmq-send", as: "alice", Self.arguments + ["--receipts"])
            try sender.write("2\n")
            #expect(await sender.waitForErrors(containing: "is full (1 messages); trying again"))
            var messages = try await received(toolkit)
            #expect(await sender.waitForOutput(lines: 1))
            try sender.closeInput()
            let sent = await sender.finish()
            #expect(sent.status == 0, "\(sent.errors)")
            messages += try await received(toolkit)
            #expect(messages == ["1", "2"])
        }
    }
}
