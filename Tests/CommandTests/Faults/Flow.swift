import Foundation
import TestSupport
import Testing

/// A sender with a spool and a receiver with an output file, which run through a whole test.
struct Flow {
    let toolkit: ToolkitFixture
    let sender: RunningCommand
    let receiver: RunningCommand

    /// Makes bob's queue and key, and starts both.
    init(_ toolkit: ToolkitFixture, environment: [String: String] = [:]) async throws {
        self.toolkit = toolkit
        try await toolkit.makeReceiver()
        let spool = ["--to", "bob", "--spool", "spool", "--receipts"]
        sender = try toolkit.start("cmq-send", as: "alice", spool, environment: environment)
        receiver = try toolkit.start("cmq-recv", as: "bob", ["--output", "out.jsonl"], environment: environment)
    }

    /// Gives the sender lines with these numbers.
    func send(_ numbers: ClosedRange<Int>) throws {
        try sender.write(numbers.map { "\($0)\n" }.joined())
    }

    /// Waits until the receiver has stored so many messages.
    func waitUntilStored(_ count: Int) async throws {
        do {
            try await checkFor(.seconds(60), every: .milliseconds(20)) { try stored().count >= count }
        } catch {
            Issue.record("\(sender.soFar.errors) \(receiver.soFar.errors)")
            throw error
        }
    }

    /// Waits until both say on standard error that they try again, because of `reason`.
    func waitUntilAway(_ reason: String) async throws {
        try await checkFor(.seconds(60), every: .milliseconds(20)) {
            [sender, receiver].allSatisfy { $0.soFar.errors.contains(reason) || $0.hasEnded }
        }
    }

    /// Ends both, and expects that everything came once and in order.
    func finish(_ count: Int) async throws {
        try sender.closeInput()
        let sent = await sender.finish()
        #expect(sent.status == 0, "\(sent.errors)")
        #expect(sent.lines.count == count)
        try await waitUntilStored(count)
        receiver.signal(SIGTERM)
        let received = await receiver.finish()
        #expect(received.status == 0, "\(received.errors)")
        #expect(try stored() == Array(1...count))
    }

    private func stored() throws -> [Int] {
        guard toolkit.directory.exists("out.jsonl") else { return [] }
        return try toolkit.directory.read("out.jsonl").split(separator: "\n").compactMap {
            $0.firstMatch(of: /"content":\s*(\d+)/).flatMap { Int($0.1) }
        }
    }
}
