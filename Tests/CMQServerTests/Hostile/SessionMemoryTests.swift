import CMQConfiguration
import TestSupport
import Testing

@testable import CMQServer

/// What all sessions together may hold has a bound, whoever they are; who goes beyond it is the one who suffers.
@Suite struct SessionMemoryTests {
    private static let limit = 1 << 20

    private func broker(_ disk: FailingDisk = FailingDisk(), _ body: (TestBroker) async throws -> Void) async throws {
        try await TestBroker.with(fileSystem: disk) { settings, _ in
            settings.limits.sessionMemoryBytes = Self.limit
            settings.limits.lineBytes = Self.limit / 2
            settings.limits.messageBytes = Self.limit / 4
        } _: {
            try await body($0)
        }
    }

    private func publish(_ id: String, bytes: Int) -> String {
        "publish x q {\"message_id\":\"\(id)\",\"c\":\"\(String(repeating: "A", count: bytes))\"}\n"
    }

    private func givenUp(_ broker: TestBroker) -> [String] {
        broker.log.lines.filter { $0.contains("the memory for sessions is full") }
    }

    /// Somebody who begins line after line, and one whose line is longer than each of them.
    @Test(.timeLimit(.minutes(1)))
    func givesUpALineOfWhoHoldsMost() async throws {
        try await broker { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let line = publish("m1", bytes: 200 << 10)
            try await bob.send(String(line.prefix(150 << 10)))
            var held: [LineClient] = []
            for _ in 0..<8 {
                let mallory = try await broker.client("mallory")
                try await mallory.send(String(line.prefix(100 << 10)))
                held.append(mallory)
            }
            await broker.log.wait(for: "the memory for sessions is full")
            #expect(broker.sessionBytes <= Self.limit)
            #expect(try await bob.ask(String(line.dropFirst(150 << 10).dropLast())) == ["ACK m1"])
            #expect(givenUp(broker).allSatisfy { $0.contains("mallory held") })
            // Who was given up may come back, and in time who holds little is served.
            let again = try await broker.client("mallory")
            #expect(try await again.ask("publish x q {\"message_id\":\"m2\"}") == ["ACK m2"])
        }
    }

    /// A disk that stands still: what is offered meanwhile waits at its senders, and nothing is lost.
    @Test(.timeLimit(.minutes(1)), arguments: [nil, 2])
    func readsNoMoreWhileNothingIsAnswered(threads: Int?) async throws {
        let disk = FailingDisk()
        let (senders, count, size) = (4, 80, 30 << 10)
        try await TestBroker.with(fileSystem: disk) { settings, _ in
            settings.server.eventLoopThreads = threads
            settings.limits.sessionMemoryBytes = Self.limit
            settings.limits.lineBytes = Self.limit / 2
            settings.limits.messageBytes = Self.limit / 4
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            disk.hold(.syncData)
            let answers = try await withThrowingTaskGroup(of: [String].self) { group in
                for sender in 0..<senders {
                    group.addTask {
                        let client = try await broker.client("alice")
                        let lines = (0..<count).map { publish("m\(sender)-\($0)", bytes: size) }.joined()
                        async let sent: Void = client.send(lines)
                        let answers = await client.lines(count)
                        try await sent
                        return answers
                    }
                }
                // More than fits is on its way, and then for a while nothing comes in any more.
                try await checkFor(.seconds(20)) { broker.sessionBytes > Self.limit / 2 }
                let honest = try await broker.client("mallory")
                #expect(try await honest.ask("heartbeat") == ["Heartbeat"])
                // What a connection is read from once more, at most, before it hears of it.
                #expect(broker.sessionBytes <= Self.limit / 2 + (senders + 2) * (320 << 10))
                disk.release()
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(answers).count == senders * count && answers.allSatisfy { $0.hasPrefix("ACK m") })
            #expect(givenUp(broker) == [])
            #expect(try await bob.ask("fetch q").count == 1)
            // The last answers are taken by their machine at some moment after the test has them.
            try await checkFor(.seconds(20)) { broker.sessionBytes == 0 }
        }
    }

    /// A command of one byte takes more memory than that while it waits.
    @Test(.timeLimit(.minutes(1)))
    func countsWhatShortCommandsTake() async throws {
        let disk = FailingDisk()
        let count = 20_000
        try await TestBroker.with(fileSystem: disk) { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            disk.hold(.syncData)
            try await bob.send("publish x q {\"message_id\":\"m1\"}\n" + String(repeating: "\n", count: count))
            try await checkFor(.seconds(20)) { broker.sessionBytes > count * 100 }
            #expect(MemoryLayout<InputBurst.Item>.stride <= InputBurst.Item.memoryBytes)
            disk.release()
            #expect(await bob.lines(count + 1).first == "ACK m1")
            try await checkFor(.seconds(20)) { broker.sessionBytes == 0 }
        }
    }

    /// Consumers that read nothing, next to one that does.
    @Test(.timeLimit(.minutes(1)))
    func givesUpWhoTakesNothing() async throws {
        try await broker { broker in
            let alice = try await broker.consumer("alice", queue: "q")
            for number in 0..<60 {
                #expect(
                    try await alice.ask(String(publish("m\(number)", bytes: 200 << 10).dropLast())) == [
                        "ACK m\(number)"
                    ]
                )
            }
            for _ in 0..<6 {
                let mallory = try await broker.client("mallory")
                #expect(try await mallory.ask("consume q") == ["Subscribed to queue"])
                try await mallory.stopReading()
            }
            await broker.log.wait(for: "the memory for sessions is full")
            #expect(givenUp(broker).allSatisfy { $0.contains("mallory held") })
            #expect(try await alice.ask("heartbeat") == ["Heartbeat"])
        }
    }
}
