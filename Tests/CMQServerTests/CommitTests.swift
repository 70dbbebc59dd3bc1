import TestSupport
import Testing

/// When records reach the disk.
@Suite struct CommitTests {
    @Test func recordsThatNobodyWaitsForBecomeDurableAllTheSame() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            let admin = try await broker.client("admin")
            _ = try await bob.ask("consume q")
            #expect(try await alice.ask("publish x q {\"message_id\":\"m\"}") == ["ACK m"])
            #expect(await bob.lines(1).first?.hasPrefix("Message: m ") == true)
            // The record of the delivery is the last one, and nothing else happens.
            try await checkFor(.seconds(20)) {
                let statistics = try await admin.ask("stats")[0]
                let end = statistics.firstMatch(of: /"end_position":(\d+)/)?.1
                let durable = statistics.firstMatch(of: /"durable_position":(\d+)/)?.1
                return try #require(end) == #require(durable)
            }
        }
    }
}
