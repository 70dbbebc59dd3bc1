import CMQConfiguration
import TestSupport
import Testing

/// Commands arrive in any pieces and any numbers.
@Suite struct FramingTests {
    @Test func understandsAConversationSplitAtEveryByte() async throws {
        try await TestBroker.with { broker in
            let setUp = try await broker.consumer("bob", queue: "q")
            let text =
                "declare_queue q\r\nheartbeat\nfetch none\npublish x q {\"message_id\":\"é\"}\r\nack nothing\nbind q x q\n"
            let expected = [
                "Queue declared", "Heartbeat", "No messages", "ACK é", "ACK_CONFIRMED nothing", "Queue bound",
            ]
            let bytes = Array(text.utf8)
            let client = try await broker.client("alice")
            for cut in 0...bytes.count {
                try await client.send(Array(bytes[..<cut]))
                try await client.send(Array(bytes[cut...]))
                #expect(await client.lines(expected.count) == expected, "cut at \(cut)")
            }
            for byte in bytes { try await client.send([byte]) }
            #expect(await client.lines(expected.count) == expected)
            await setUp.close()
        }
    }

    /// A connection that ends within a line has not sent it.
    @Test func storesNothingOfALineThatHasNoEnd() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let bytes = Array("publish x q {\"message_id\":\"half\"}".utf8)
            for cut in 0...bytes.count {
                let client = try await broker.client("alice")
                // Its answer says that the rest was read as well.
                try await client.send(Array("heartbeat\n".utf8) + bytes[..<cut])
                #expect(await client.lines(1) == ["Heartbeat"])
                await client.close()
            }
            let whole = try await broker.client("alice")
            #expect(try await whole.ask("publish x q {\"message_id\":\"whole\"}") == ["ACK whole"])
            try await checkFor(.seconds(20)) { broker.connectionCount == 2 }
            let left = try await bob.ask("fetch q", "fetch q")
            #expect(left == ["Message: whole {\"message_id\":\"whole\"}", "No messages"])
        }
    }

    @Test func keepsWhatCameInOneReadBeforeALineThatIsTooLong() async throws {
        try await TestBroker.with { settings, _ in
            settings.limits.lineBytes = 4 << 10
            settings.limits.messageBytes = 2 << 10
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            try await alice.send("publish x q {\"message_id\":\"m1\"}\n" + String(repeating: "A", count: 8 << 10))
            #expect(await alice.rest() == ["ACK m1", "Error: line exceeds 4096 bytes"])
            #expect(try await bob.ask("fetch q") == ["Message: m1 {\"message_id\":\"m1\"}"])
        }
    }

    @Test func answersManyCommandsOfOneWriteInTheirOrder() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let count = 2_000
            let text = (0..<count).map { number in
                switch number % 4 {
                case 0: "publish x q {\"message_id\":\"m\(number)\"}\n"
                case 1: "get_public_key nobody\n"
                case 2: "heartbeat\n"
                default: "publish x none {\"message_id\":\"m\(number)\"}\n"
                }
            }
            try await bob.send(text.joined())
            let answers = await bob.lines(count)
            for (number, answer) in answers.enumerated() {
                switch number % 4 {
                case 0: #expect(answer == "ACK m\(number)")
                case 1: #expect(answer == "Public key not found")
                case 2: #expect(answer == "Heartbeat")
                default: #expect(answer.hasPrefix("Error: No queues bound"))
                }
            }
        }
    }

    @Test func takesLargeLinesAndRefusesTooLargeOnes() async throws {
        try await TestBroker.with { settings, _ in
            settings.limits.lineBytes = 300_000
            settings.limits.messageBytes = 250_000
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            func publish(_ id: String, _ size: Int) -> String {
                "publish x q {\"message_id\":\"\(id)\",\"c\":\"\(String(repeating: "A", count: size))\"}"
            }
            #expect(try await bob.ask(publish("m1", 200_000)) == ["ACK m1"])
            #expect(try await bob.ask(publish("m2", 260_000)) == ["Error: message exceeds 250000 bytes"])
            try await bob.send(publish("m3", 400_000) + "\nheartbeat\n")
            #expect(await bob.rest() == ["Error: line exceeds 300000 bytes"])
            let again = try await broker.client("bob")
            let fetched = try await again.ask("fetch q", "fetch q")
            #expect(fetched[0].hasPrefix("Message: m1 {") && fetched[1] == "No messages")
        }
    }
}
