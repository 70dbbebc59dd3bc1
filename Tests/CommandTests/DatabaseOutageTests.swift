import Foundation
import TestSupport
import Testing

/// PostgreSQL goes away in all the ways that a server can, while messages flow: they go on, and the tables are
/// exact afterwards.
@Suite struct DatabaseOutageTests {
    enum Outage: CaseIterable, Sendable {
        case stopped
        case killed
        case restarted
        case terminated
        case outOfConnections
        case frozen

        func begin(_ fixture: DatabaseFixture) async throws {
            let server = fixture.server
            switch self {
            case .stopped: try await server.stop()
            case .killed: try await server.kill()
            case .restarted: try await server.restart()
            case .terminated: #expect(try await server.terminateBackends(of: fixture.database) >= 2)
            case .outOfConnections:
                try await server.psql(
                    "postgres",
                    "ALTER ROLE \(server.user) CONNECTION LIMIT 0",
                    as: server.administrator
                )
                #expect(try await server.terminateBackends(of: fixture.database) >= 2)
            case .frozen: server.freeze()
            }
        }

        func end(_ fixture: DatabaseFixture) async throws {
            let server = fixture.server
            switch self {
            case .stopped, .killed: try await server.startAgain()
            case .restarted, .terminated: break
            case .outOfConnections:
                try await server.psql(
                    "postgres",
                    "ALTER ROLE \(server.user) CONNECTION LIMIT -1",
                    as: server.administrator
                )
            case .frozen: server.thaw()
            }
        }

        /// Whether the database stays away until ``end(_:)``.
        var lasts: Bool { self != .restarted && self != .terminated }
        /// Whether the broker finds out before that: a server that says nothing may only be slow.
        var isNoticed: Bool { self != .frozen }
    }

    private static let part = 300

    @Test(.timeLimit(.minutes(2)), arguments: Outage.allCases)
    func `messages and keys go on while the database is away, and the tables are exact afterwards`(
        outage: Outage
    ) async throws {
        try await DatabaseFixture.with { fixture in
            let toolkit = fixture.toolkit
            try await toolkit.startBroker()
            try await toolkit.makeReceiver()
            let sender = try toolkit.start("cmq-send", as: "alice", ["--to", "bob", "--receipts"])
            let receiver = try toolkit.start(
                "cmq-recv",
                as: "bob",
                ["--field", "content", "--count", "\(3 * Self.part)"]
            )
            func flow(_ part: Int) async throws {
                for number in (part - 1) * Self.part..<part * Self.part { try sender.write("\(number)\n") }
                #expect(await sender.waitForOutput(lines: part * Self.part))
                #expect(await receiver.waitForOutput(lines: part * Self.part))
            }
            try await flow(1)
            try await fixture.admin.waitForCatalog()
            try await outage.begin(fixture)
            try await flow(2)
            if outage.isNoticed {
                try await checkFor(.seconds(20)) { fixture.logged(DatabaseFixture.away) == 1 }
            }
            try await expectKeys(fixture, isAway: outage.lasts)
            try await outage.end(fixture)
            if outage.isNoticed {
                try await checkFor(.seconds(20)) { fixture.logged(DatabaseFixture.back) == 1 }
            }
            try await flow(3)
            try sender.closeInput()
            #expect(await receiver.finish().status == 0)
            try await fixture.expectExact(await sender.finish())
            #expect(fixture.logged(DatabaseFixture.away) == (outage.isNoticed ? 1 : 0))
            #expect(fixture.logged(DatabaseFixture.back) == (outage.isNoticed ? 1 : 0))
            let key = try await fixture.makeKey("after")
            // A connection for keys that failed late is not tried again at once.
            try await checkFor(.seconds(20)) {
                try await fixture.command(as: "alice", "register_public_key", key) == "Public key registered"
            }
            #expect(!toolkit.brokerLog.contains(fixture.server.password))
        }
    }

    private func expectKeys(_ fixture: DatabaseFixture, isAway: Bool) async throws {
        let known = try fixture.toolkit.directory.read("receiver_public.key")
            .trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try await fixture.command(as: "alice", "get_public_key", "bob") == "Public key: \(known)")
        let key = try await fixture.makeKey("meanwhile")
        let reply = try await fixture.command(as: "alice", "register_public_key", key)
        if isAway {
            #expect(reply.hasPrefix("Error: the key cannot be stored"), "\(reply)")
            #expect(try await fixture.command(as: "bob", "get_public_key", "alice") != "Public key: \(key)")
        } else {
            #expect(reply == "Public key registered")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `publishers wait at the lag limit, the status says so, and they go on when the database is back`()
        async throws
    {
        try await DatabaseFixture.with(settings: ["journal.projection_lag_bytes": "\"16 MiB\""]) { fixture in
            let toolkit = fixture.toolkit
            try await toolkit.startBroker()
            try await toolkit.makeReceiver()
            try await fixture.admin.waitForCatalog()
            try await fixture.server.stop()
            let count = 400
            let sender = try toolkit.start("cmq-send", as: "alice", ["--to", "bob", "--receipts"])
            let line = "\"\(String(repeating: "x", count: 50_000))\"\n"
            let feeding = Task.detached {
                for _ in 0..<count { try? sender.write(line) }
                try? sender.closeInput()
            }
            // The catalog is away, and the broker says what it knows.
            try await checkFor(.seconds(30), every: .milliseconds(50)) {
                let status = try await fixture.admin.live("status", "--json")
                #expect(status.status == 69, "\(status.errors)")
                let report = try status.object()
                return report.value("broker", "report", "projection", "holds_back_publishers") as? Bool == true
            }
            let text = try await fixture.admin.live("status")
            #expect(text.output.contains("catalog   cannot be read; AWAY FROM THE BROKER, "))
            #expect(text.output.contains("; PUBLISHERS WAIT FOR IT"))
            #expect(text.errors.contains("hint: check that the server runs"))
            // Receivers need not wait.
            let early = try await toolkit.run("cmq-recv", as: "bob", ["--count", "100", "--no-register"])
            #expect(early.lines.count == 100, "\(early.errors)")
            let accepted = sender.soFar.output.split(separator: "\n").count
            #expect(accepted < count)
            #expect(fixture.logged(DatabaseFixture.away) == 1)
            try await fixture.server.startAgain()
            let sent = await sender.finish()
            await feeding.value
            #expect(sent.status == 0, "\(sent.errors)")
            #expect(sent.lines.count == count)
            let received = try await toolkit.run("cmq-recv", as: "bob", ["--until-empty"])
            #expect(received.lines.count == count - 100)
            try await fixture.expectExact(sent)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `retention deletes what was acknowledged long ago, and nothing else`() async throws {
        try await DatabaseFixture.with(
            settings: ["database.retention": "\"30d\""],
            on: try await PostgreSQLServer.shared()
        ) { fixture in
            try await fixture.toolkit.startBroker()
            await fixture.toolkit.stopBroker()
            try await fixture.query(
                """
                INSERT INTO message_metadata (message_id, client_id, state, copies, sent_at, delivered_at,
                    acknowledged_at, sent_time, delivered_time, acknowledged_time)
                SELECT kind.name || '-' || number, 'alice', kind.state, 1, at, at, CASE kind.state WHEN
                    'acknowledged' THEN at END, at::text, at::text, CASE kind.state WHEN 'acknowledged' THEN at::text END
                FROM generate_series(1, 2500) AS number, (VALUES ('old', 'acknowledged', now() - interval '31 days'),
                    ('young', 'acknowledged', now() - interval '29 days'),
                    ('open', 'delivered', now() - interval '400 days'),
                    ('waiting', 'waiting', now() - interval '400 days'),
                    ('dead', 'dead', now() - interval '400 days')) AS kind (name, state, at)
                """
            )
            try await fixture.toolkit.startBroker()
            let counts = """
                SELECT split_part(message_id, '-', 1), count(*)::text FROM message_metadata GROUP BY 1 ORDER BY 1
                """
            try await checkFor(.seconds(20), every: .milliseconds(50)) {
                try await fixture.number("SELECT count(*) FROM message_metadata WHERE message_id LIKE 'old-%'") == 0
            }
            try await checkFor(.seconds(20)) { fixture.logged("acknowledged long ago were deleted") == 1 }
            #expect(
                try await fixture.query(counts) == [
                    ["dead", "2500"], ["open", "2500"], ["waiting", "2500"], ["young", "2500"],
                ]
            )
        }
    }
}
