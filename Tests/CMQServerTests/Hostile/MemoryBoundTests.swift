import Foundation
import TestSupport
import Testing

/// What the kernel says of a real broker's memory while clients want more of it than there is.
@Suite struct MemoryBoundTests {
    private static let limit = 32 << 20
    /// What TLS, the allocator and the broker's own work take besides.
    private static let tolerance = 64 << 20
    /// What the program's and its libraries' code takes at least that only a start runs.
    private static let startTolerance = 4 << 20
    /// What may be left of a load: pages that still have something on them.
    private static let idleTolerance = 16 << 20

    /// What a start has run and nothing needs any more is not kept.
    @Test(.timeLimit(.minutes(1)))
    func aStartLeavesItsCodeBehind() async throws {
        try await ToolkitFixture.with { toolkit in
            try await checkFor(.seconds(30)) {
                toolkit.brokerMemory.resident < toolkit.brokerMemory.peak - Self.startTolerance
            }
        }
    }

    /// Lines that are begun and not ended, of eight times the memory that there is for them.
    @Test(.timeLimit(.minutes(3)))
    func unfinishedLinesStayWithinTheBound() async throws {
        let (names, connections, bytes) = (["mallory", "trudy"], 32, 8 << 20)
        try await ToolkitFixture.with(
            clients: names + ["alice"],
            settings: ["limits.session_memory_bytes": "\(Self.limit)"]
        ) { toolkit in
            let before = toolkit.brokerMemory.resident
            #expect(before > 0)
            let beginning = "publish x q {\"message_id\":\"" + String(repeating: "A", count: bytes)
            for number in 0..<connections {
                let client = try await LineClient.connect(as: names[number % names.count], to: toolkit)
                // Whoever holds most is closed while it sends.
                try? await client.send(beginning)
            }
            let alice = try await LineClient.connect(as: "alice", to: toolkit)
            #expect(try await alice.ask("declare_queue q", "publish x q {\"message_id\":\"m1\"}").count == 2)
            let taken = toolkit.brokerMemory.peak - before
            #expect(taken <= Self.limit + Self.tolerance, "\(taken >> 20) MiB for \(connections * bytes >> 20) MiB")
            let lines = toolkit.logged("the memory for sessions is full")
            #expect(lines >= 1 && lines <= connections)
        }
    }

    /// Publishers that offer more than is taken: the rest waits with them, and memory goes back once all is done, also
    /// while somebody goes on with a little.
    @Test(.timeLimit(.minutes(5)), arguments: [false, true])
    func anOverloadLeavesNothingBehind(goesOn: Bool) async throws {
        let (names, count) = (["alice", "carol", "dave", "mallory"], 16_000)
        let padding = String(repeating: "A", count: 5_000)
        try await ToolkitFixture.with(
            clients: names + ["bob"],
            // Ids that are remembered for retries are not what this is about.
            settings: [
                "limits.session_memory_bytes": "\(Self.limit)", "limits.body_memory_bytes": "\(Self.limit)",
                "limits.deduplication_ids": "1000",
            ]
        ) { toolkit in
            let before = toolkit.brokerMemory.resident
            let bob = try await LineClient.connect(as: "bob", to: toolkit)
            try await bob.declare(queue: "q")
            let delivered = try await withThrowingTaskGroup(of: [String].self) { group in
                for name in names {
                    group.addTask {
                        let client = try await LineClient.connect(as: name, to: toolkit)
                        async let sent: Void = client.send(
                            (0..<count).map {
                                "publish x q {\"message_id\":\"\(name)\($0)\",\"c\":\"\(padding)\"}\n"
                            }.joined()
                        )
                        let answers = await client.lines(count)
                        try await sent
                        #expect(answers.allSatisfy { $0.hasPrefix("ACK ") } && answers.count == count)
                        return []
                    }
                }
                group.addTask {
                    #expect(try await bob.ask("consume q") == ["Subscribed to queue"])
                    return try await bob.settle(count * names.count)
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(delivered.count == count * names.count && Set(delivered).count == delivered.count)
            // 320 MB went through; the catalog has 64 MiB of its own.
            let taken = toolkit.brokerMemory.peak - before
            #expect(taken <= 2 * Self.limit + 2 * Self.tolerance, "\(taken >> 20) MiB at most")
            var number = 0
            try await checkFor(.seconds(60)) {
                if goesOn {
                    number += 1
                    #expect(try await bob.ask("publish x q {\"message_id\":\"\(number)\"}", answers: 2).count == 2)
                    try await bob.send("ack \(number)\n")
                    #expect(await bob.lines(1) == ["ACK_CONFIRMED \(number)"])
                }
                return toolkit.brokerMemory.resident <= before + Self.idleTolerance
            }
        }
    }
}
