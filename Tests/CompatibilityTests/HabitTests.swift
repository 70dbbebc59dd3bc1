import Foundation
import TestSupport
import Testing

/// What real clients do, whatever the protocol says that they should: one test for each habit. The clients are plain
/// sockets, in Tests/ReferenceClients/habits.py; their certificates have no key usage.
@Suite struct HabitTests {
    private func check(
        _ habit: String,
        _ generation: Generation = .v14,
        settings: [String: String] = [:]
    ) async throws {
        try await Site.with(generation, settings: settings) { site in
            let certificates = generation == .v10 ? [] : ["--certificates", "certs"]
            let result = try await Reference.run(
                "habits",
                [habit, "--port", "\(site.port)"] + certificates,
                in: site.directory.url
            )
            #expect(result.status == 0, "\(result.errors)")
        }
    }

    @Test func `a command may be split anywhere`() async throws {
        try await check("split_anywhere")
    }

    @Test func `many commands may come in one write`() async throws {
        try await check("many_in_one_write")
    }

    @Test func `lines may end with a carriage return`() async throws {
        try await check("carriage_returns")
    }

    @Test func `a client that reads lines finds its replies between pushed messages`() async throws {
        try await check("replies_between_messages")
    }

    @Test func `a receiver may never read its confirmations`() async throws {
        try await check("confirmations_never_read")
    }

    @Test func `heartbeats may be sent at any time and their answers ignored`() async throws {
        try await check("heartbeats_ignored")
    }

    @Test func `acknowledgements may come out of order, twice, and for unknown messages`() async throws {
        try await check("acknowledgements_in_any_order")
    }

    @Test func `a sender may close without a TLS close_notify`() async throws {
        try await check("no_close_notify")
    }

    @Test func `a batch member may fail while the others succeed`() async throws {
        try await check("error_for_a_batch_member")
    }

    @Test func `a whole batch may be sent again after a timeout`() async throws {
        try await check("batch_again_after_a_timeout")
    }

    @Test func `TLS 1.2 is spoken where it is configured`() async throws {
        try await check("tls_1_2", settings: ["tls": "min_version = \"1.2\""])
    }

    @Test func `TLS 1.2 is refused where it is not configured`() async throws {
        try await check("tls_1_2_refused")
    }

    @Test func `resend delivers again what is held, and says when nothing is`() async throws {
        try await check("resend")
    }

    @Test func `1.0 binds with the exchange first and declares nothing`() async throws {
        try await check("first_generation", .v10)
    }

    @Test(arguments: [Generation.v14, .v141, .v15])
    func `a receiver that sends heartbeats all the time gets every message`(generation: Generation) async throws {
        try await Site.with(generation) { site in
            try await site.makeKeys()
            let receiver = try await site.startReceiver(count: 20, heartbeat: 0.001)
            _ = try await site.send((0..<20).map { "\($0)" })
            #expect(await receiver.finish().status == 0)
            #expect(try site.receivedTexts() == (0..<20).map { "\($0)" })
        }
    }

    @Test func `a client of generation 1.4 that is set to TLS 1.2 works where the broker allows it`() async throws {
        try await Site.with(.v14, settings: ["tls": "min_version = \"1.2\""]) { site in
            for client in ["alice", "bob"] {
                let text = try site.text(client, "config.json")
                    .replacingOccurrences(of: "PROTOCOL_TLS_CLIENT", with: "PROTOCOL_TLSv1_2")
                try site.write(text, client, "config.json")
            }
            try await site.makeKeys()
            let receiver = try await site.startReceiver(count: 2)
            _ = try await site.send(["one"])
            let sent = try await site.cmqSend(["\"two\""])
            #expect(sent.status == 0, "\(sent.errors)")
            #expect(await receiver.finish().status == 0)
            #expect(try site.receivedTexts() == ["one", "two"])
        }
    }

    @Test func `plain TCP beyond this machine is refused by cmq-send and cmq-recv`() async throws {
        let directory = try TemporaryDirectory()
        _ = try await run("cmq-keygen", in: directory.url)
        for command in [["cmq-send", "--to", "bob"], ["cmq-recv"]] {
            let result = try await run(
                command[0],
                Array(command.dropFirst()) + ["--plain-tcp", "--server", "192.0.2.1:5672"],
                in: directory.url
            )
            #expect(result.status == 66)
            #expect(result.errors.contains("plain TCP goes to this machine only"))
        }
    }
}
