import Testing

/// A broker that is stopped in order.
@Suite struct StopTests {
    /// Everybody's connection ends while the journal is being closed: no time to write to it any more, which is no
    /// failure of the storage.
    @Test func `stops cleanly with messages in many hands`() async throws {
        for _ in 1...30 {
            try await TestBroker.with { broker in
                let publisher = try await broker.consumer("alice", queue: "q")
                var consumers: [LineClient] = []
                for number in 1...6 {
                    let consumer = try await broker.client("bob")
                    #expect(try await consumer.ask("consume q 1") == ["Subscribed to queue"])
                    let envelope = "{\"message_id\":\"m-\(number)\",\"ciphertext\":\"QQ==\"}"
                    #expect(try await publisher.ask("publish x q \(envelope)") == ["ACK m-\(number)"])
                    #expect(await consumer.lines(1).first?.hasPrefix("Message: m-\(number) ") == true)
                    consumers.append(consumer)
                }
                await broker.stop()
                #expect(!broker.log.lines.contains { $0.contains("journal has failed") })
                for consumer in consumers { await consumer.close() }
            }
        }
    }

    /// A client that goes on sending does not keep the broker from its end; what it was told is kept.
    @Test(.timeLimit(.minutes(1)))
    func stopsWhileClientsGoOn() async throws {
        try await TestBroker.with { broker in
            let alice = try await broker.consumer("alice", queue: "q")
            let bob = try await broker.client("bob")
            #expect(try await bob.ask("consume q") == ["Subscribed to queue"])
            async let sent = {
                var number = 0
                while (try? await alice.ask("publish x q {\"message_id\":\"m\(number)\"}")) == ["ACK m\(number)"] {
                    number += 1
                }
                return number
            }()
            #expect(await bob.lines(20).count == 20)
            await broker.stop()
            let told = await sent
            #expect(told >= 20)
            #expect(!broker.log.lines.contains { $0.contains("journal has failed") })
            try await broker.restarted { broker in
                let bob = try await broker.client("bob")
                #expect(try await bob.ask("consume q") == ["Subscribed to queue"])
                #expect(try await bob.settle(told).prefix(told) == (0..<told).map { "m\($0)" }[...])
            }
        }
    }
}
