import CMQConfiguration
import Foundation
import NIOCore
import TestSupport
import Testing

/// What clients do that mean harm or are broken; an honest one is served meanwhile.
@Suite struct HostileClientTests {
    /// A flood makes lines, and few: ten a second of one kind, and one that says how many were left out.
    ///
    /// - Parameter texts: What each of these lines has.
    private func expectFewLines(_ broker: TestBroker, _ texts: [String], since start: ContinuousClock.Instant) async {
        await broker.log.wait(for: "more like it before")
        let lines = broker.log.lines.count { line in texts.allSatisfy { line.contains($0) } }
        let seconds = Int((ContinuousClock.now - start) / .seconds(1))
        #expect(lines >= 1 && lines <= 10 * (seconds + 2), "\(texts): \(lines) lines in \(seconds) s")
    }

    @Test(.timeLimit(.minutes(1)))
    func endsHandshakesThatNeverEnd() async throws {
        try await TestBroker.with { settings, _ in
            settings.tls.handshakeTimeout = .seconds(2)
        } _: { broker in
            let honest = try await broker.consumer("bob", queue: "q")
            let quiet = try await LineClient.connectSilently(port: broker.port)
            // A record that announces more than ever comes.
            let halfway = try await LineClient.connectSilently(port: broker.port)
            try await halfway.writeAndFlush(ByteBuffer(bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01])).get()
            #expect(try await honest.ask("publish x q {\"message_id\":\"m1\"}") == ["ACK m1"])
            // One byte now and then is no progress.
            let slow = try await LineClient.connectSilently(port: broker.port)
            var hello = try LineClient.clientHello()
            while slow.isActive, let byte = hello.readSlice(length: 1) {
                try? await slow.writeAndFlush(byte).get()
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(hello.readableBytes > 0)
            try await quiet.closeFuture.get()
            try await halfway.closeFuture.get()
            await broker.log.wait(for: "the handshake took too long")
            #expect(try await honest.ask("heartbeat") == ["Heartbeat"])
        }
    }

    /// Strangers take all connections that there are and come again and again: who has a certificate gets in.
    @Test(.timeLimit(.minutes(1)))
    func aFloodOfStrangersKeepsNobodyOutAndFillsNoLog() async throws {
        let (connectionsMax, flood) = (8, 500)
        try await TestBroker.with { settings, _ in
            settings.limits.connections = connectionsMax
        } _: { broker in
            let honest = try await broker.consumer("bob", queue: "q")
            let start = ContinuousClock.now
            var strangers: [any Channel] = []
            for _ in 0..<flood { strangers.append(try await LineClient.connectSilently(port: broker.port)) }
            #expect(try await broker.client("alice").ask("publish x q {\"message_id\":\"m1\"}") == ["ACK m1"])
            #expect(try await honest.ask("fetch q") == ["Message: m1 {\"message_id\":\"m1\"}"])
            for stranger in strangers.prefix(flood - connectionsMax) { try await stranger.closeFuture.get() }
            await expectFewLines(broker, ["TLS handshake failed", "too many connections"], since: start)
            for stranger in strangers { try? await stranger.close().get() }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func refusesWhoComesWhenAllConnectionsAreKnown() async throws {
        let (connectionsMax, flood) = (4, 200)
        try await TestBroker.with { settings, _ in
            settings.limits.connections = connectionsMax
        } _: { broker in
            let honest = try await broker.consumer("bob", queue: "q")
            var others: [LineClient] = []
            for _ in 1..<connectionsMax {
                let other = try await broker.client("alice")
                #expect(try await other.ask("heartbeat") == ["Heartbeat"])
                others.append(other)
            }
            let start = ContinuousClock.now
            for _ in 0..<flood {
                let stranger = try await LineClient.connectSilently(port: broker.port)
                try await stranger.closeFuture.get()
            }
            for client in others + [honest] { #expect(try await client.ask("heartbeat") == ["Heartbeat"]) }
            await expectFewLines(broker, ["Connection refused", "too many connections"], since: start)
            await others[0].close()
            try await checkFor(.seconds(20)) {
                (try? await broker.client("alice").ask("heartbeat")) == ["Heartbeat"]
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func endsALineThatNeverEnds() async throws {
        try await TestBroker.with { settings, _ in
            settings.limits.lineBytes = 64 << 10
            settings.limits.messageBytes = 32 << 10
            settings.limits.idleTimeout = .seconds(2)
        } _: { broker in
            let endless = try await broker.client("mallory")
            try await endless.send(String(repeating: "A", count: 65 << 10))
            #expect(await endless.rest() == ["Error: line exceeds 65536 bytes"])
            // Less than the limit, and then nothing: the time limit for idle sessions.
            let stuck = try await broker.client("mallory")
            try await stuck.send("publish x q {")
            #expect(await stuck.rest() == [])
            await broker.log.wait(for: "Client was idle for too long")
            let honest = try await broker.consumer("bob", queue: "q")
            #expect(try await honest.ask("publish x q {\"message_id\":\"m1\"}") == ["ACK m1"])
        }
    }

    /// One byte now and then, without end.
    @Test(.timeLimit(.minutes(1)))
    func aByteNowAndThenIsNoCommand() async throws {
        try await TestBroker.with { settings, _ in
            settings.limits.idleTimeout = .seconds(2)
        } _: { broker in
            let slow = try await broker.client("mallory")
            let honest = try await broker.consumer("bob", queue: "q")
            var number = 0
            while (try? await slow.send("A")) != nil {
                #expect(try await honest.ask("publish x q {\"message_id\":\"\(number)\"}") == ["ACK \(number)"])
                number += 1
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(number > 1)
            #expect(await slow.rest() == [])
            await broker.log.wait(for: "Client was idle for too long")
        }
    }

    /// Commands that the log has a line of, as often as a client likes.
    @Test(.timeLimit(.minutes(1)))
    func whatAClientRepeatsFillsNoLog() async throws {
        let repetitions = 500
        try await TestBroker.with { broker in
            let start = ContinuousClock.now
            let mallory = try await broker.consumer("mallory", queue: "q")
            let key = String(repeating: "A", count: 43) + "="
            let commands = ["consume q", "register_key bob \(key)", "purge q"]
            for command in commands {
                try await mallory.send(String(repeating: command + "\n", count: repetitions))
                #expect(await mallory.lines(repetitions).count == repetitions)
            }
            for number in 0..<repetitions {
                let lines = try await mallory.ask("publish x q {\"message_id\":\"\(number)\"}", answers: 2)
                try #require(lines.contains("ACK \(number)"))
                _ = try await mallory.ask("reject \(number)")
            }
            for text in ["Consumer subscribed", "Refused to register", "moved to dead-letter queue"] {
                await expectFewLines(broker, [text], since: start)
                #expect(broker.log.lines.count { $0.contains(text) } < repetitions)
            }
            #expect(!broker.log.lines.contains { $0.contains("Administration") })
        }
    }

    /// Its link carries nothing any more and nobody says goodbye: its messages are not held for ever, and what it says
    /// when the link is back harms nobody.
    @Test(.timeLimit(.minutes(2)))
    func aConsumerThatVanishedGivesItsMessagesBack() async throws {
        let ids = (0..<20).map { "m\($0)" }
        try await TestBroker.with { settings, _ in
            settings.delivery.lease = .seconds(2)
            settings.limits.inFlightPerConsumer = 10
        } _: { broker in
            let vanished = try await broker.consumer("bob", queue: "q")
            #expect(try await vanished.ask("consume q") == ["Subscribed to queue"])
            try await vanished.stopReading()
            let alice = try await broker.client("alice")
            for id in ids { try await alice.send("publish x q {\"message_id\":\"\(id)\"}\n") }
            #expect(await alice.lines(ids.count) == ids.map { "ACK \($0)" })
            // It holds ten of them; the others come at once, these when their leases end, some after another turn with it.
            let other = try await broker.client("mallory")
            #expect(try await other.ask("consume q") == ["Subscribed to queue"])
            let delivered = try await other.settle(ids.count)
            #expect(delivered.sorted() == ids.sorted())
            try await vanished.goOnReading()
            try await vanished.send("heartbeat\n")
            var late: [String] = []
            while let line = await vanished.lines(1).first, line != "Heartbeat" {
                late.append(String(line.split(separator: " ")[1]))
            }
            #expect(Set(late).count == 10 && Set(late).isSubset(of: ids))
            let answers = try await vanished.ask(
                late.map { "ack \($0)\n" }.joined() + "fetch q",
                answers: late.count + 1
            )
            #expect(answers == late.map { "ACK_CONFIRMED \($0)" } + ["No messages"])
            #expect(try await alice.ask("publish x q {\"message_id\":\"m20\"}") == ["ACK m20"])
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func answersNonsenseAndGoesOn() async throws {
        try await TestBroker.with { settings, _ in
            settings.limits.queues = 4
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let deep = String(repeating: "[", count: 200_000)
            let id = String(repeating: "i", count: 1 << 20)
            let lines: [[UInt8]] = [
                Array("publish x q {\"message_id\":\"m\",\"c\":\(deep)}\n".utf8),
                Array("publish x q {\"message_id\":\"\(id)\"}\n".utf8),
                Array("publish x q {\"message_id\":\"a\u{0}b\"}\n".utf8),
                Array("publish x q {\"message_id\":\"".utf8) + [0xC3, 0x28] + Array("\"}\n".utf8),
                Array("publish ".utf8) + [0xFF, 0xFE] + Array(" q {\"message_id\":\"m\"}\n".utf8),
            ]
            for line in lines {
                try await bob.send(line)
                let answer = await bob.lines(1).first ?? "closed"
                #expect(answer.hasPrefix("Error") || answer.hasPrefix("Invalid"), "\(answer.prefix(200))")
                #expect(answer.utf8.count < 1_000)
            }
            // A name as long as a line is not repeated in each answer.
            let name = String(repeating: "x", count: 200_000)
            let batch = (0..<100).map { "{\"message_id\":\"b\($0)\"}" }.joined(separator: ",")
            for batch in ["publish_batch \(name) k [\(batch)]", "publish_batch x \(name) [\(batch)]"] {
                let answers = try await bob.ask(batch, answers: 100)
                #expect(answers.allSatisfy { $0.hasPrefix("Error: invalid ") && $0.utf8.count < 100 })
            }
            for number in 2...4 { #expect(try await bob.ask("declare_queue q\(number)") == ["Queue declared"]) }
            let refused = try await bob.ask("declare_queue q5")
            #expect(refused[0].hasPrefix("Error"), "\(refused)")
            #expect(try await bob.ask("publish x q {\"message_id\":\"m1\"}") == ["ACK m1"])
            #expect(try await bob.ask("fetch q") == ["Message: m1 {\"message_id\":\"m1\"}"])
        }
    }
}
