import Foundation
import TestSupport
import Testing

/// The broker dies before one of its calls that leave a trace, while it takes messages; the next one has everything
/// that was acknowledged, once and in order.
@Suite(.enabled(if: Interposer.isAvailable, Interposer.reason)) struct KilledBrokerCallsTests {
    private static let lines = 40

    /// A start takes about 20 calls, the lines many more; which call is which depends on the moment.
    private static var calls: [Int] {
        if ProcessInfo.processInfo.environment["CMQ_EVERY_CALL"] == "1" { return Array(1...200) }
        let first = Int.random(in: 1...12)
        return Array(stride(from: first, through: 150, by: 12))
    }

    @Test(.timeLimit(.minutes(30)))
    func `what was acknowledged is there once, wherever the broker died`() async throws {
        try await ToolkitFixture.with { toolkit in
            try await toolkit.makeReceiver()
            let library = try await Interposer.killAtCall.path()
            for call in Self.calls {
                await toolkit.killBroker()
                let environment = EveryCall.environment(call, isTorn: call.isMultiple(of: 2), library)
                // It may die before it listens.
                try? await toolkit.startBroker(environment: environment)
                let sent = try await send(toolkit, call)
                await toolkit.killBroker()
                try await toolkit.startBroker()
                try await expectBeginning(toolkit, call, sent)
            }
        }
    }

    /// Gives a sender lines, some at a time, and returns what it said.
    private func send(_ toolkit: ToolkitFixture, _ call: Int) async throws -> CommandResult {
        let sender = try toolkit.start("cmq-send", as: "alice", ["--to", "bob", "--receipts", "--retries", "0"])
        for number in 1...Self.lines {
            try? sender.write("{\"call\":\(call),\"n\":\(number)}\n")
            if number.isMultiple(of: 8) { await sender.waitForOutput(lines: number) }
        }
        try? sender.closeInput()
        return await sender.finish()
    }

    private func expectBeginning(_ toolkit: ToolkitFixture, _ call: Int, _ sent: CommandResult) async throws {
        let received = try await toolkit.run("cmq-recv", as: "bob", ["--until-empty", "--field", "content"])
        #expect(received.status == 0, "\(received.errors)")
        let there = received.lines.map(String.init)
        let beginning = (1..<there.count + 1).map { "{\"call\":\(call),\"n\":\($0)}" }
        #expect(there == beginning, "not once and in order, broker killed before call \(call)")
        #expect(there.count >= sent.lines.count, "acknowledged and lost, broker killed before call \(call)")
    }
}
