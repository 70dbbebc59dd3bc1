import Foundation
import TestSupport
import Testing

/// What the kernel says of a real broker's memory while clients want more of it than there is.
@Suite struct MemoryBoundTests {
    private static let limit = 32 << 20
    /// What TLS, the allocator and the broker's own work take besides.
    private static let tolerance = 64 << 20

    private func client(_ name: String, of toolkit: ToolkitFixture) async throws -> LineClient {
        try await LineClient.connect(
            port: toolkit.port,
            caPath: toolkit.pki.caPath,
            identity: try toolkit.pki.client(name)
        )
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
                let client = try await client(names[number % names.count], of: toolkit)
                // Whoever holds most is closed while it sends.
                try? await client.send(beginning)
            }
            let alice = try await client("alice", of: toolkit)
            #expect(try await alice.ask("declare_queue q", "publish x q {\"message_id\":\"m1\"}").count == 2)
            let taken = toolkit.brokerMemory.peak - before
            #expect(taken <= Self.limit + Self.tolerance, "\(taken >> 20) MiB for \(connections * bytes >> 20) MiB")
            let lines = toolkit.brokerLog.split(separator: "\n").count {
                $0.contains("the memory for sessions is full")
            }
            #expect(lines >= 1 && lines <= connections)
        }
    }
}
