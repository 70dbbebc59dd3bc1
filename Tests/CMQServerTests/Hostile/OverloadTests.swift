import CMQConfiguration
import Foundation
import TestSupport
import Testing

/// More is offered than the broker takes: it reads more slowly, and loses and repeats nothing.
@Suite struct OverloadTests {
    private func publishes(by name: String, count: Int) -> String {
        let padding = String(repeating: "A", count: 2_000)
        return (0..<count).map { "publish x q {\"message_id\":\"\(name)\($0)\",\"c\":\"\(padding)\"}\n" }.joined()
    }

    /// - Parameter threads: Of their own for sessions; `nil` is the machine's default, which may be none.
    @Test(.timeLimit(.minutes(2)), arguments: [nil, 2])
    func deliversEveryAcknowledgedMessageOnce(threads: Int?) async throws {
        let (names, count) = (["alice", "mallory", "admin"], 500)
        try await TestBroker.with { settings, _ in
            settings.server.eventLoopThreads = threads
            settings.limits.publishInFlightBytesPerConnection = 8 << 10
            settings.limits.outputBufferBytes = 16 << 10
            settings.limits.inFlightPerConsumer = 10
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let acknowledged = try await withThrowingTaskGroup(of: [String].self) { group in
                for name in names {
                    group.addTask {
                        let client = try await broker.client(name)
                        async let sent: Void = client.send(publishes(by: name, count: count))
                        let answers = await client.lines(count)
                        try await sent
                        return answers
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let expected = names.flatMap { name in (0..<count).map { "\(name)\($0)" } }
            #expect(Set(acknowledged) == Set(expected.map { "ACK \($0)" }) && acknowledged.count == expected.count)

            #expect(try await bob.ask("consume q") == ["Subscribed to queue"])
            let delivered = try await bob.settle(expected.count)
            #expect(delivered.sorted() == expected.sorted())
            for name in names {
                #expect(delivered.filter { $0.hasPrefix(name) } == (0..<count).map { "\(name)\($0)" })
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func givesNoMoreThanTheLimitToWhoNeverAcknowledges() async throws {
        try await TestBroker.with { settings, _ in
            settings.limits.inFlightPerConsumer = 10
        } _: { broker in
            let greedy = try await broker.consumer("mallory", queue: "q")
            #expect(try await greedy.ask("consume q") == ["Subscribed to queue"])
            let alice = try await broker.client("alice")
            try await alice.send(publishes(by: "m", count: 50))
            #expect(await alice.lines(50).allSatisfy { $0.hasPrefix("ACK m") })
            let held = await greedy.lines(10).map { $0.split(separator: " ")[1] }
            // Another consumer gets all the others.
            let bob = try await broker.client("bob")
            #expect(try await bob.ask("consume q") == ["Subscribed to queue"])
            let others = try await bob.settle(40)
            #expect(others == (10..<50).map { "m\($0)" })
            #expect(held == (0..<10).map { "m\($0)" })
            #expect(try await greedy.ask("heartbeat") == ["Heartbeat"])
        }
    }

    /// Who asks for message after message and takes none gets as much as fits, and the rest when it goes on.
    @Test(.timeLimit(.minutes(2)))
    func fetchesWaitUntilWhatCameIsTaken() async throws {
        let (count, bytes) = (100, 1_000_000)
        try await TestBroker.with { broker in
            let alice = try await broker.consumer("alice", queue: "q")
            let padding = String(repeating: "A", count: bytes)
            for number in 0..<count {
                let line = "publish x q {\"message_id\":\"m\(number)\",\"c\":\"\(padding)\"}"
                #expect(try await alice.ask(line) == ["ACK m\(number)"])
            }
            let bob = try await broker.client("bob")
            #expect(try await bob.ask("heartbeat") == ["Heartbeat"])
            try await bob.stopReading()
            try await bob.send(String(repeating: "fetch q\n", count: count) + "heartbeat\n")
            let admin = try await broker.client("admin")
            func delivered() async throws -> Int {
                let statistics = try await admin.ask("stats")[0]
                return try #require(statistics.firstMatch(of: /"delivered":(\d+)/).flatMap { Int($0.1) })
            }
            try await checkFor(.seconds(30)) { try await delivered() > 0 }
            // The limit, and what the sockets of both sides take.
            #expect(try await delivered() < count / 2)
            try await bob.goOnReading()
            let lines = await bob.lines(count + 1)
            #expect(lines.dropLast().map { $0.prefix(13).split(separator: " ")[1] } == (0..<count).map { "m\($0)" })
            #expect(lines.last == "Heartbeat")
        }
    }
}
