import CMQConfiguration
import TestSupport
import Testing

/// What a restart must not change.
@Suite struct DurabilityTests {
    @Test func comesBackWithItsMessagesAndBindings() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            for number in 1...50 {
                #expect(try await alice.ask("publish x q {\"message_id\":\"m\(number)\"}") == ["ACK m\(number)"])
            }
            _ = try await bob.ask("consume q 5", answers: 6)
            _ = try await bob.ask("ack m1", "ack m3", answers: 4)
            try await broker.restarted { broker in
                let alice = try await broker.client("alice")
                #expect(try await alice.ask("publish x q {\"message_id\":\"m1\"}") == ["ACK m1"])
                #expect(try await alice.ask("publish x q {\"message_id\":\"m51\"}") == ["ACK m51"])
                let bob = try await broker.client("bob")
                let expected = [2] + (4...51)
                let lines = try await bob.ask("consume q", answers: 1 + expected.count)
                #expect(lines.dropFirst() == ArraySlice(expected.map { "Message: m\($0) {\"message_id\":\"m\($0)\"}" }))
            }
        }
    }

    @Test func servesABacklogThatIsNotInMemoryAnyMore() async throws {
        try await TestBroker.with { settings, _ in
            settings.limits.bodyMemoryBytes = 1 << 20
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            let padding = String(repeating: "A", count: 20_000)
            let envelopes = (0..<400).map { "{\"message_id\":\"m\($0)\",\"c\":\"\(padding)\"}" }
            for start in stride(from: 0, to: envelopes.count, by: 50) {
                try await alice.send(envelopes[start..<(start + 50)].map { "publish x q \($0)\n" }.joined())
                #expect(await alice.lines(50) == (start..<(start + 50)).map { "ACK m\($0)" })
            }
            try await bob.send("consume q\n")
            let lines = await bob.lines(401)
            #expect(lines.dropFirst() == ArraySlice((0..<400).map { "Message: m\($0) \(envelopes[$0])" }))
        }
    }

    @Test func givesSegmentsBackWhenEverythingInThemIsSettled() async throws {
        try await TestBroker.with { settings, _ in
            settings.journal.checkpointBytes = 1 << 20
            settings.delivery.lease = .milliseconds(400)
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let admin = try await broker.client("admin")
            let padding = String(repeating: "A", count: 50_000)
            _ = try await bob.ask("consume q")
            for number in 0..<300 {
                try await bob.send("publish x q {\"message_id\":\"m\(number)\",\"c\":\"\(padding)\"}\n")
                _ = await bob.lines(2)
                try await bob.send("ack m\(number)\n")
                _ = await bob.lines(1)
            }
            // 15 MB went through. The catalog, which gives way to everybody, has to have them first.
            try await checkFor(.seconds(180)) {
                let statistics = try await admin.ask("stats")[0]
                let bytes = Int(statistics.firstMatch(of: /"journal":\{"bytes":(\d+)/)?.1 ?? "")
                return (bytes ?? .max) <= 6 << 20
            }
        }
    }
}
