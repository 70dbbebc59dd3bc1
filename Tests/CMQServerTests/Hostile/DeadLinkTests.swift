import CMQConfiguration
import TestSupport
import Testing
import Torture

/// A network that carries nothing any more and tells neither side: the broker has a connection, and nobody is there.
@Suite struct DeadLinkTests {
    private static let count = 20
    private static let identities = (0..<count).map { "m\($0)" }

    /// Gives `body` a broker with `count` messages in a queue, and a client that reaches it through a proxy.
    private func withProxy(
        _ body: (_ broker: TestBroker, _ proxy: CuttingProxy, _ remote: LineClient, _ alice: LineClient) async throws ->
            Void
    ) async throws {
        try await TestBroker.with { settings, _ in
            settings.delivery.lease = .seconds(1)
            // What the dead one is handed meanwhile never makes a dead letter here.
            settings.delivery.maxDeliveries = 1_000
        } _: { broker in
            let proxy = try CuttingProxy(to: broker.port)
            defer { proxy.close() }
            let alice = try await broker.consumer("alice", queue: "q")
            try await publish(Self.identities, as: alice)
            let remote = try await LineClient.connect(
                port: proxy.port,
                caPath: broker.pki.caPath,
                identity: try broker.pki.client("mallory")
            )
            try await body(broker, proxy, remote, alice)
        }
    }

    private func publish(_ identities: [String], as alice: LineClient) async throws {
        try await alice.send(identities.map { "publish x q {\"message_id\":\"\($0)\"}\n" }.joined())
        #expect(await alice.lines(identities.count) == identities.map { "ACK \($0)" })
    }

    /// Acknowledges what comes until each of `identities` is confirmed, also what comes once more.
    private func settle(_ identities: some Sequence<String>, as client: LineClient) async throws {
        var left = Set(identities)
        while !left.isEmpty, let line = await client.lines(1).first {
            if line.hasPrefix("Message: ") {
                let identity = String(line.split(separator: " ", maxSplits: 2)[1])
                #expect(left.contains(identity), "\(identity) came, which is not waited for")
                try await client.send("ack \(identity)\n")
            } else {
                #expect(line.hasPrefix("ACK_CONFIRMED "), "\(line)")
                left.remove(String(line.dropFirst(14)))
            }
        }
        #expect(left.isEmpty, "the connection ended")
    }

    private func counter(_ name: String, _ broker: TestBroker) async throws -> Int {
        let statistics = try await broker.client("admin").ask("stats")[0]
        let pattern = try Regex<(Substring, Substring)>("\"\(name)\":(\\d+)")
        return try #require(try pattern.firstMatch(in: statistics).flatMap { Int($0.1) }, "\(statistics)")
    }

    /// The dead one stays a consumer of the queue, so that a part of what comes back is handed to it again and again.
    @Test(.timeLimit(.minutes(2)))
    func whatItsClientHeldGoesToAnother() async throws {
        let settledBefore = 5
        let others = Self.identities.dropFirst(settledBefore)
        try await withProxy { broker, proxy, remote, alice in
            let lines = try await remote.ask("consume q", answers: 1 + Self.count)
            #expect(lines.dropFirst().map { String($0.split(separator: " ")[1]) }.elementsEqual(Self.identities))
            for identity in Self.identities.prefix(settledBefore) {
                #expect(try await remote.ask("ack \(identity)") == ["ACK_CONFIRMED \(identity)"])
            }
            proxy.stall(for: .seconds(3_600))
            try await remote.send(others.map { "ack \($0)\n" }.joined())

            let bob = try await broker.client("bob")
            #expect(try await bob.ask("consume q") == ["Subscribed to queue"])
            try await settle(others, as: bob)
            #expect(try await counter("leases_expired", broker) >= others.count)
            #expect(try await counter("acknowledged", broker) == Self.count)

            // What it said long ago comes now, behind what it was handed meanwhile.
            proxy.calmDown()
            var confirmed: [String] = []
            while confirmed.count < others.count, let line = await remote.lines(1).first {
                #expect(!line.hasPrefix("Error"), "\(line)")
                if line.hasPrefix("ACK_CONFIRMED ") { confirmed.append(String(line.dropFirst(14))) }
            }
            #expect(confirmed == Array(others))
            #expect(try await counter("acknowledged", broker) == Self.count)
            #expect(try await bob.ask("fetch q", "release *") == ["No messages", "Released 0"])

            // From now on it is a consumer like any other.
            let later = (0..<Self.count).map { "late\($0)" }
            try await publish(later, as: alice)
            try await settle(later, as: remote)
            #expect(try await counter("acknowledged", broker) == 2 * Self.count)
        }
    }
}
