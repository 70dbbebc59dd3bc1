import Foundation
import TestSupport
import Testing

/// Messages that wait, many more than there is memory for.
@Suite struct LongBacklogTests {
    /// Of the core and its tables; a broker keeps identities, not bodies.
    private static let bytesOfMessage = 130.0

    /// What `make bench-backlog` measures with millions.
    @Test(.timeLimit(.minutes(4)))
    func aWaitingMessageTakesFewBytesAndAllAreHandedOut() async throws {
        let directory = try TemporaryDirectory()
        let program = RunningCommand.buildDirectory.appendingPathComponent("measure-backlog").path
        let filled = try await run(program, ["fill", directory.path, "400000"])
        #expect(filled.status == 0, "\(filled.errors)")
        let drained = try await run(program, ["drain", directory.path])
        #expect(drained.status == 0, "\(drained.errors)")
        let figures = try drained.lines.map { try JSONDecoder().decode([String: Double].self, from: Data($0.utf8)) }
        try #require(figures.count == 2)
        #expect(figures[0]["messages"] == 400_000)
        let bytes = try #require(figures[0]["bytes_per_message"])
        #expect(bytes > 30 && bytes < Self.bytesOfMessage)
        #expect(figures[1]["left"] == 0)
    }

    /// 60 MB of bodies and 4 MiB for them, a broker that is killed, and a consumer that takes them all from the disk.
    @Test(.timeLimit(.minutes(4)))
    func aBacklogOutlivesAKillAndIsReadFromTheDisk() async throws {
        let (count, limit) = (60_000, 4 << 20)
        let padding = String(repeating: "A", count: 1_000)
        try await ToolkitFixture.with(
            clients: ["alice", "bob"],
            settings: ["limits.body_memory_bytes": "\(limit)", "limits.queue_messages": "\(count)"]
        ) { toolkit in
            let before = toolkit.brokerMemory.resident
            let alice = try await LineClient.connect(as: "alice", to: toolkit)
            try await alice.declare(queue: "q")
            async let sent: Void = alice.send(
                (0..<count).map { "publish x q {\"message_id\":\"m\($0)\",\"c\":\"\(padding)\"}\n" }.joined()
            )
            #expect(await alice.lines(count) == (0..<count).map { "ACK m\($0)" })
            try await sent
            let atMost = { toolkit.brokerMemory.peak - before }
            let filling = atMost()
            #expect(filling < limit + Self.memoryOfTheRest, "\(filling >> 20) MiB")
            await toolkit.killBroker()
            try await toolkit.startBroker()
            let bob = try await LineClient.connect(as: "bob", to: toolkit)
            #expect(try await bob.ask("consume q") == ["Subscribed to queue"])
            #expect(try await bob.settle(count) == (0..<count).map { "m\($0)" })
            let draining = atMost()
            #expect(draining < limit + Self.memoryOfTheRest, "\(draining >> 20) MiB")
        }
    }

    /// Identities, the catalog's cache and the journal's buffers.
    private static let memoryOfTheRest = 64 << 20
}
