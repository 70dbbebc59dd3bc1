import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

/// More of everything than a real broker takes, as fast as clients can; an honest one is served meanwhile.
@Suite struct FloodTests {
    /// What one unfinished handshake may take.
    private static let handshakeBytes = 48 << 10
    /// What may be left of a load: pages that still have something on them.
    private static let idleTolerance = 32 << 20

    /// What others may wait for an answer at most, on a machine that has more to do than this.
    private static let patience = Duration.seconds(5)

    /// Publishes one message after the other to the client's own queue for as long as `flood` goes on, and sees that none
    /// of them waits for long.
    ///
    /// - Returns: how many were published; their ids are `0`, `1`, `2`, …
    @discardableResult
    private func serving(
        _ honest: LineClient,
        during flood: @Sendable @escaping () async throws -> Void
    ) async throws -> Int {
        let isOver = Mutex(false)
        async let flooding: Void = {
            defer { isOver.withLock { $0 = true } }
            try await flood()
        }()
        var count = 0
        while !isOver.withLock({ $0 }) {
            let start = ContinuousClock.now
            try #require(try await honest.ask("publish x q {\"message_id\":\"\(count)\"}") == ["ACK \(count)"])
            let waited = ContinuousClock.now - start
            #expect(waited <= Self.patience, "\(waited) for message \(count)")
            count += 1
        }
        try await flooding
        #expect(count > 1)
        return count
    }

    /// Gives `body` a broker, an honest client with a queue of its own, one that means harm, and the broker's memory before.
    private func flooding(
        settings: [String: String] = [:],
        _ body: (ToolkitFixture, _ bob: LineClient, _ mallory: LineClient, _ before: Int) async throws -> Void
    ) async throws {
        try await ToolkitFixture.with(clients: ["mallory", "bob"], settings: settings) { toolkit in
            let before = toolkit.brokerMemory.resident
            let bob = try await LineClient.connect(as: "bob", to: toolkit)
            try await bob.declare(queue: "q")
            try await body(toolkit, bob, try await LineClient.connect(as: "mallory", to: toolkit), before)
        }
    }

    /// A million queues, of which the limit's number is made.
    @Test(.timeLimit(.minutes(5)))
    func refusesAMillionQueues() async throws {
        let (limit, batches, batch) = (100_000, 100, 10_000)
        try await flooding { toolkit, bob, mallory, before in
            try await serving(bob) {
                var answers: [String: Int] = [:]
                for number in 0..<batches {
                    let names = (number * batch)..<((number + 1) * batch)
                    async let sent: Void = mallory.send(names.map { "declare_queue m\($0)\n" }.joined())
                    for answer in await mallory.lines(batch) { answers[answer, default: 0] += 1 }
                    try await sent
                }
                #expect(answers["Queue declared"] == limit - 1)
                #expect(answers.count == 2 && answers.values.reduce(0, +) == batches * batch)
            }
            let taken = toolkit.brokerMemory.peak - before
            #expect(taken <= 128 << 20, "\(taken >> 20) MiB")
        }
    }

    /// Lines that nothing can be made of, 80 MB of them and 200,000 short ones.
    @Test(.timeLimit(.minutes(5)))
    func nonsenseWithoutEndStaysWithinTheBoundAndFillsNoLog() async throws {
        let (limit, rounds, short) = (32 << 20, 50, 4_000)
        let deep = String(repeating: "[", count: 300_000)
        let id = String(repeating: "i", count: 1 << 20)
        var nonsense = Array("publish x q {\"message_id\":\"m\",\"c\":\(deep)}\n".utf8)
        nonsense += Array("publish x q {\"message_id\":\"\(id)\"}\npublish x q {\"message_id\":\"a\u{0}b\"}\n".utf8)
        nonsense += Array("publish x q {\"message_id\":\"".utf8) + [0xC3, 0x28] + Array("\"}\npublish ".utf8)
        nonsense += [0xFF, 0xFE] + Array(" q {}\n\r\n".utf8)
        nonsense += Array(String(repeating: "what ever\n", count: short).utf8)
        // The empty line is a command that nobody knows as well.
        let (all, answered) = (nonsense, 6 + short)
        try await flooding(settings: ["limits.session_memory_bytes": "\(limit)"]) { toolkit, bob, mallory, before in
            try await serving(bob) {
                for _ in 0..<rounds {
                    async let sent: Void = mallory.send(all)
                    let answers = await mallory.lines(answered)
                    try await sent
                    #expect(answers.count == answered)
                    #expect(answers.allSatisfy { $0.utf8.count < 1_000 && !$0.hasPrefix("ACK") })
                }
            }
            let taken = toolkit.brokerMemory.peak - before
            #expect(taken <= limit + (32 << 20), "\(taken >> 20) MiB")
            let lines = toolkit.brokerLog.split(separator: "\n").count
            #expect(lines < 100, "\(lines) lines in the log")
        }
    }

    /// Connections take the files that the system lets the broker have open, and the journal needs some for each segment.
    @Test(.timeLimit(.minutes(2)))
    func leavesFilesForTheJournalWhenConnectionsTakeThemAll() async throws {
        let (openFilesMax, flood) = (256, 400)
        try await ToolkitFixture.with(
            clients: ["bob"],
            settings: [
                "journal.segment_bytes": "\"1 MiB\"", "limits.line_bytes": "\"1 MiB\"",
                "tls.handshake_timeout": "\"1m\"",
            ]
        ) { toolkit in
            await toolkit.killBroker()
            try await toolkit.startBroker(openFilesMax: openFilesMax)
            let bob = try await LineClient.connect(as: "bob", to: toolkit)
            try await bob.declare(queue: "q")
            var held: [any Channel] = []
            let hello = try LineClient.clientHello()
            for number in 0..<flood {
                let channel = try await LineClient.connectSilently(port: toolkit.port)
                if number.isMultiple(of: 2) { try? await channel.writeAndFlush(hello).get() }
                held.append(channel)
            }
            let padding = String(repeating: "A", count: 500_000)
            for number in 0..<20 {
                let line = "publish x q {\"message_id\":\"\(number)\",\"c\":\"\(padding)\"}"
                #expect(try await bob.ask(line) == ["ACK \(number)"])
            }
            #expect(toolkit.isBrokerRunning)
            #expect(toolkit.logged("fewer connections than limits.connections") == 1)
            let lines = toolkit.logged("too many connections")
            #expect(lines >= 1 && lines < flood)
            for channel in held { try? await channel.close().get() }
        }
    }

    /// Ten thousand peers that begin a handshake, for which the broker has to sign, and say nothing more.
    @Test(.timeLimit(.minutes(5)))
    func tenThousandUnfinishedHandshakesStayWithinTheBound() async throws {
        let connections = 10_000
        try await ToolkitFixture.with(
            clients: ["bob"],
            settings: ["tls.handshake_timeout": "\"5m\"", "limits.connections": "\(connections)"]
        ) { toolkit in
            let before = toolkit.brokerMemory.resident
            let bob = try await LineClient.connect(as: "bob", to: toolkit)
            try await bob.declare(queue: "q")
            let hello = try LineClient.clientHello()
            let held = Mutex<[any Channel]>([])
            try await serving(bob) {
                for _ in 0..<connections {
                    let channel = try await LineClient.connectSilently(port: toolkit.port)
                    try await channel.writeAndFlush(hello).get()
                    held.withLock { $0.append(channel) }
                }
            }
            let late = try await LineClient.connect(as: "bob", to: toolkit)
            #expect(try await late.ask("heartbeat") == ["Heartbeat"])
            let taken = toolkit.brokerMemory.peak - before
            #expect(taken <= connections * Self.handshakeBytes, "\(taken / connections) bytes each")
            for channel in held.withLock({ $0 }) { try? await channel.close().get() }
            try await checkFor(.seconds(60)) { toolkit.brokerMemory.resident <= before + Self.idleTolerance }
        }
    }

    /// A line of a gigabyte, of which the broker takes no more than a line may have.
    @Test(.timeLimit(.minutes(3)))
    func aLineOfAGigabyteIsNotRead() async throws {
        let (pieces, piece, limit) = (128, 8 << 20, 16 << 20)
        try await flooding { toolkit, bob, mallory, before in
            try await serving(bob) {
                let letters = String(repeating: "A", count: piece)
                var sent = 0
                while sent < pieces, (try? await mallory.send(letters)) != nil { sent += 1 }
                #expect(sent < pieces)
            }
            #expect(await mallory.rest() == ["Error: line exceeds \(limit) bytes"])
            let taken = toolkit.brokerMemory.peak - before
            #expect(taken <= 4 * limit, "\(taken >> 20) MiB")
            #expect(toolkit.logged("Session ended by a broken line") == 1)
        }
    }

    /// A publisher that takes no answer is not listened to any more, until it does.
    @Test(.timeLimit(.minutes(3)))
    func aPublisherThatReadsNothingIsHeldBack() async throws {
        let (repetitions, limit) = (150_000, 32 << 20)
        let line = "publish x q {\"message_id\":\"\(String(repeating: "m", count: 200))\"}\n"
        try await flooding(settings: ["limits.session_memory_bytes": "\(limit)"]) { toolkit, bob, mallory, before in
            #expect(try await mallory.ask("heartbeat") == ["Heartbeat"])
            try await mallory.stopReading()
            async let sent: Void = mallory.send(String(repeating: line, count: repetitions))
            try await serving(bob) {
                for _ in 0..<100 {
                    let other = try await LineClient.connect(as: "bob", to: toolkit)
                    #expect(try await other.ask("heartbeat") == ["Heartbeat"])
                    await other.close()
                }
            }
            let taken = toolkit.brokerMemory.peak - before
            #expect(taken <= limit, "\(taken >> 20) MiB")
            try await mallory.goOnReading()
            let answers = await mallory.lines(repetitions)
            try await sent
            #expect(answers.count == repetitions && answers.allSatisfy { $0.hasPrefix("ACK mm") })
        }
    }

    /// More questions for keys than anybody needs, and many other commands behind them.
    @Test(.timeLimit(.minutes(3)))
    func questionsForKeysKeepNobodyWaiting() async throws {
        let (questions, others) = (3_000, 200_000)
        try await flooding { _, bob, mallory, _ in
            try await serving(bob) {
                let asked = (0..<questions).map { "get_public_key nobody\($0)\n" }.joined()
                async let sent: Void = mallory.send(asked + String(repeating: "heartbeat\n", count: others))
                let answers = await mallory.lines(questions + others)
                try await sent
                #expect(answers.prefix(questions).allSatisfy { $0 != "Heartbeat" })
                #expect(answers.dropFirst(questions).allSatisfy { $0 == "Heartbeat" })
                #expect(answers.count == questions + others)
            }
        }
    }

    /// Messages for many who never come, in a queue whose other messages go to whoever is there.
    @Test(.timeLimit(.minutes(3)))
    func receiversThatAreAwayKeepNobodyWaiting() async throws {
        let (away, batch) = (30_000, 1_000)
        try await flooding { toolkit, bob, mallory, _ in
            let consumer = try await LineClient.connect(as: "bob", to: toolkit)
            #expect(try await consumer.ask("consume q") == ["Subscribed to queue"])
            let published = try await serving(bob) {
                for first in stride(from: 0, to: away, by: batch) {
                    let lines = (first..<(first + batch)).map {
                        "publish x q {\"message_id\":\"away\($0)\",\"receiver_client_id\":\"nobody\($0)\"}\n"
                    }
                    try await mallory.send(lines.joined())
                    #expect(await mallory.lines(batch).allSatisfy { $0.hasPrefix("ACK away") })
                }
            }
            let settled = try await consumer.settle(published)
            #expect(settled == (0..<published).map(String.init))
        }
    }

    /// Clients that come, take messages and are gone without a word, again and again.
    @Test(.timeLimit(.minutes(3)))
    func aStormOfReconnectsLosesNothingAndFillsNoLog() async throws {
        let (stormers, rounds) = (8, 40)
        try await ToolkitFixture.with(
            clients: ["alice", "bob", "mallory"],
            // No lease ends by itself while this takes place.
            settings: ["delivery.max_deliveries": "1000000", "delivery.lease": "\"1h\""]
        ) { toolkit in
            let start = ContinuousClock.now
            let alice = try await LineClient.connect(as: "alice", to: toolkit)
            try await alice.declare(queue: "q")
            let messages = try await serving(alice) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<stormers {
                        group.addTask {
                            for _ in 0..<rounds {
                                let mallory = try await LineClient.connect(as: "mallory", to: toolkit)
                                _ = try await mallory.ask("consume q")
                                await mallory.close()
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            // Whatever the others held comes back.
            let bob = try await LineClient.connect(as: "bob", to: toolkit)
            #expect(try await bob.ask("consume q") == ["Subscribed to queue"])
            let delivered = try await bob.settle(messages)
            #expect(delivered.sorted() == (0..<messages).map(String.init).sorted())
            let seconds = Int((ContinuousClock.now - start) / .seconds(1))
            let lines = toolkit.logged("Client connected")
            #expect(lines <= 11 * (seconds + 2), "\(lines) lines in \(seconds) s")
            #expect(lines < stormers * rounds)
        }
    }
}
