import Testing

/// Every command and reply of the wire protocol, over real TLS.
@Suite struct ProtocolTests {
    private func envelope(_ id: String, receiver: String? = nil, padding: Int = 0) -> String {
        let receiver = receiver.map { #","receiver_client_id":"\#($0)""# } ?? ""
        return #"{"message_id":"\#(id)"\#(receiver),"ciphertext":"\#(String(repeating: "A", count: padding))"}"#
    }

    @Test func declaresAndBinds() async throws {
        try await TestBroker.with { broker in
            let client = try await broker.client("bob")
            let answers = try await client.ask(
                "declare_queue",
                "declare_exchange",
                "bind a b",
                "bind q x k",
                "declare_queue q",
                "bind q x k",
                "declare_exchange x",
                "bind q x k",
                "bind x q k2",
                "declare_exchange x fanout",
                "declare_exchange y nonsense"
            )
            #expect(
                answers == [
                    "Missing queue name", "Missing exchange name", "Missing parameters",
                    "Error: queue 'q' does not exist", "Queue declared", "Error: exchange 'x' does not exist",
                    "Exchange declared", "Queue bound", "Queue bound", "Error: exchange 'x' is direct",
                    "Error: unknown exchange kind 'nonsense', use one of direct, fanout, topic",
                ]
            )
        }
    }

    @Test func publishesConsumesAndAcknowledges() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            #expect(try await alice.ask("publish x q \(envelope("m1", receiver: "bob"))") == ["ACK m1"])
            #expect(
                try await bob.ask("consume q", answers: 2) == [
                    "Subscribed to queue", "Message: m1 \(envelope("m1", receiver: "bob"))",
                ]
            )
            #expect(
                try await bob.ask("ack m1", "ack m1", "ack") == [
                    "ACK_CONFIRMED m1", "ACK_CONFIRMED m1", "Missing message ID",
                ]
            )
        }
    }

    @Test func answersBatchesLineByLine() async throws {
        try await TestBroker.with { broker in
            _ = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            let mallory = try await broker.client("mallory")
            _ = try await mallory.ask("publish x q \(envelope("m2"))")
            let batch = "[\(envelope("m1")), \(envelope("m2")),\(envelope("m3"))]"
            #expect(
                try await alice.ask("publish_batch x q \(batch)", answers: 3) == [
                    "ACK m1", "Error: Duplicate message m2 ignored for message m2", "ACK m3",
                ]
            )
            #expect(
                try await alice.ask(
                    "publish_batch x q []",
                    "publish_batch x q [{]",
                    "publish_batch x q",
                    #"publish_batch x q [{"a":1}]"#
                ) == [
                    "", "Invalid batch format: unexpected character at byte 2", "Missing parameters",
                    "Invalid batch format: missing field `message_id`",
                ]
            )
        }
    }

    @Test func refusesEnvelopesThatAreNone() async throws {
        try await TestBroker.with { broker in
            _ = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            let nested = String(repeating: "[", count: 100)
            let answers = try await alice.ask(
                "publish x q not-json",
                "publish x q {}",
                #"publish x q {"message_id":""}"#,
                #"publish x q {"message_id":"a b"}"#,
                #"publish x q {"message_id":"a","message_id":"b"}"#,
                #"publish x q {"message_id":"a","x":\#(nested)}"#,
                "publish x q",
                "publish",
                #"publish x nowhere {"message_id":"a"}"#
            )
            #expect(
                answers == [
                    "Invalid message format: expected an object at byte 0",
                    "Invalid message format: missing field `message_id`",
                    "Invalid message format: invalid field `message_id`",
                    "Invalid message format: invalid field `message_id`",
                    "Invalid message format: duplicate field `message_id`",
                    "Invalid message format: nested too deeply at byte 86", "Missing parameters",
                    "Missing parameters", "Error: No queues bound to exchange 'x' with routing key 'nowhere'",
                ]
            )
        }
    }

    @Test func fetchesOneAtATime() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            #expect(
                try await bob.ask("fetch", "fetch q", "fetch unknown") == [
                    "Missing queue name", "No messages", "No messages",
                ]
            )
            _ = try await alice.ask("publish x q \(envelope("m1"))")
            #expect(
                try await bob.ask("fetch q", "fetch q", "ack m1") == [
                    "Message: m1 \(envelope("m1"))", "No messages", "ACK_CONFIRMED m1",
                ]
            )
        }
    }

    @Test func keepsPublicKeys() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.client("bob")
            let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
            let answers = try await bob.ask(
                "register_public_key",
                "get_public_key",
                "register_key bob",
                "get_key",
                "get_public_key bob",
                "get_key bob",
                "register_public_key \(key)",
                "get_public_key bob",
                "get_key bob",
                "register_key bob \(key)",
                "register_public_key short",
                "register_key alice \(key)"
            )
            #expect(
                answers == [
                    "Missing public key", "Missing client ID", "Missing client ID or public key", "Missing client ID",
                    "Public key not found", "No public key found", "Public key registered", "Public key: \(key)",
                    "Public key: \(key)", "Public key registered", "Error: a public key is 32 bytes in base64",
                    "Error registering key: a client registers a key for itself only, and this one is 'bob'",
                ]
            )
            try await broker.restarted { broker in
                let alice = try await broker.client("alice")
                #expect(try await alice.ask("get_public_key bob") == ["Public key: \(key)"])
            }
        }
    }

    @Test func answersTheRest() async throws {
        try await TestBroker.with { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            let admin = try await broker.client("admin")
            _ = try await alice.ask("publish x q \(envelope("m1"))")
            #expect(
                try await alice.ask("heartbeat", "nonsense", "", "  heartbeat  ", "resend", "resend m9", "stats") == [
                    "Heartbeat", "Unknown command", "Unknown command", "Heartbeat", "Missing message ID",
                    "Message ID not found", "Error: only identities in [security] admins may ask for statistics",
                ]
            )
            #expect(try await bob.ask("resend m1") == ["Unauthorized resend request"])
            #expect(try await alice.ask("resend m1") == ["Resend requested"])
            #expect(try await bob.ask("consume q 0") == ["Error: the prefetch must be a number from 1"])
            #expect(
                try await bob.ask("consume q 10", answers: 2) == [
                    "Subscribed to queue", "Message: m1 \(envelope("m1"))",
                ]
            )
            #expect(try await bob.ask("reject m1 no_key") == ["Rejected m1"])
            #expect(
                try await admin.ask("redrive q", "purge nothing") == [
                    "Redriven 1", "Error: queue 'nothing' does not exist",
                ]
            )
            #expect(await bob.lines(1) == ["Message: m1 \(envelope("m1"))"])
            #expect(try await bob.ask("release *") == ["Released 1"])
            let statistics = try await admin.ask("stats")
            #expect(statistics[0].hasPrefix("Stats: {"))
            #expect(statistics[0].contains(#""name":"q""#))
            #expect(try await admin.ask("purge q") == ["Purged 1"])
        }
    }
}
