import CMQCatalog
import CMQPostgreSQL
import CMQSecrets
import Foundation
import TestSupport
import Testing

/// What is so only because the catalog is on a server.
@Suite struct PostgreSQLCatalogTests {
    @Test func `the points in time beside the texts are the same times`() async throws {
        let fixture = try await PostgreSQLFixture()
        let catalog = try fixture.openAttached()
        let script = BrokerScript(seed: 31, count: 800)
        let half = script.events.count / 2
        try catalog.apply(Array(script.events[..<half]), through: 1)
        try catalog.apply(Array(script.events[half...]), through: 2)
        let columns = ["sent", "delivered", "acknowledged", "removed"]
        let differing = columns.map { "\($0)_time::timestamptz IS DISTINCT FROM \($0)_at" }.joined(separator: " OR ")
        #expect(try await fixture.query("SELECT message_id FROM message_metadata WHERE \(differing)").isEmpty)
        let present = columns.map { "count(\($0)_at) > 100" }.dropLast().joined(separator: " AND ")
        #expect(
            try await fixture.query("SELECT \(present), count(removed_at) > 10 FROM message_metadata") == [["t", "t"]]
        )
    }

    @Test func `rows of an earlier version get their state and their points in time`() async throws {
        let fixture = try await PostgreSQLFixture()
        let table = """
            CREATE TABLE message_metadata (message_id TEXT PRIMARY KEY, client_id TEXT, exchange_name TEXT,
                routing_key TEXT, sent_time TEXT, delivered_time TEXT, acknowledged_time TEXT)
            """
        // More than one page of them.
        let many = """
            INSERT INTO message_metadata SELECT 'many-' || number, 'sender_1', 'ex', 'key',
                to_char(timestamp '2025-09-08 07:00:00' + number * interval '1 second',
                    'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
            FROM generate_series(1, 12000) AS number
            """
        let odd = """
            INSERT INTO message_metadata (message_id, sent_time, delivered_time, acknowledged_time) VALUES
                ('east', '2025-09-08T10:33:00.123456789+03:30', '2025-09-08T10:33:01+03:30', NULL),
                ('west', '2025-09-07T23:03:00-08:00', NULL, '2025-09-07T23:03:05-08:00'),
                ('none', NULL, NULL, NULL), ('unreadable', 'last Monday', NULL, NULL)
            """
        try await fixture.query(table, many, odd)
        try fixture.open().close()
        let microseconds = ["sent", "delivered", "acknowledged"].map { "extract(epoch FROM \($0)_at) * 1000000" }
            .map { "(\($0))::bigint" }.joined(separator: ", ")
        #expect(
            try await fixture.query(
                """
                SELECT message_id, state, \(microseconds) FROM message_metadata WHERE message_id NOT LIKE 'many-%'
                ORDER BY message_id
                """
            ) == [
                ["east", "delivered", "1757314980123456", "1757314981000000", nil],
                ["none", "waiting", nil, nil, nil],
                ["unreadable", "waiting", nil, nil, nil],
                ["west", "acknowledged", "1757314980000000", nil, "1757314985000000"],
            ]
        )
        #expect(
            try await fixture.query(
                """
                SELECT state, count(*), count(*) FILTER (WHERE sent_at = sent_time::timestamptz)
                FROM message_metadata WHERE message_id LIKE 'many-%' GROUP BY state
                """
            ) == [["waiting", "12000", "12000"]]
        )
    }

    @Test func `rows that an earlier version writes later are listed, and taken over by the next start`() async throws {
        let fixture = try await PostgreSQLFixture()
        try fixture.open().close()
        try await fixture.query(
            """
            INSERT INTO message_metadata (message_id, client_id, sent_time, acknowledged_time)
            VALUES ('late', 'sender_1', '2025-09-08T07:03:00+00:00', '2025-09-08T07:03:05+00:00')
            """
        )
        #expect(try fixture.onlyRow()?.state == .acknowledged)
        try fixture.open().close()
        #expect(
            try await fixture.query("SELECT state, sent_at = sent_time::timestamptz FROM message_metadata")
                == [["acknowledged", "t"]]
        )
    }

    @Test func `a role that may only read is enough for a reader`() async throws {
        let fixture = try await PostgreSQLFixture()
        try fixture.openAttached().apply([.sent(1, "m-1")], through: 1)
        let role = "auditor_\(fixture.database)"
        let server = fixture.server
        try await server.psql(
            fixture.database,
            "CREATE ROLE \(role) LOGIN PASSWORD '\(server.password)'",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \(role)",
            as: server.administrator
        )
        var parameters = fixture.parameters
        parameters.user = role
        let reader = try PostgreSQLCatalogReader(server: parameters, aesKey: SecretBytes(copying: catalogKey))
        #expect(try reader.totals().messages == 1)
        #expect(try reader.audit(AuditQuery()).map(\.sent) == [1])
        #expect(try reader.projection()?.position == 1)
        #expect(try reader.keys().isEmpty)
        #expect(try reader.keyHistory(of: nil).isEmpty)
        #expect(try reader.topology() == CatalogTopology(exchanges: [], queues: [], bindings: []))
        #expect(try reader.database().engine == "postgresql")
        #expect(try reader.database().sizeBytes > 0)
    }

    @Test func `a wrong password, user or database is refused without naming the password`() async throws {
        let fixture = try await PostgreSQLFixture()
        var (password, user, database) = (fixture.parameters, fixture.parameters, fixture.parameters)
        password.password = SecretBytes(copying: Array("guess-\(fixture.server.password)".utf8))
        user.user = "nobody_of_that_name"
        database.database = "no_such_database"
        for parameters in [password, user, database] {
            let error = #expect(throws: CatalogError.self) { try PostgreSQLCatalogReader(server: parameters) }
            #expect(error?.code == .refused)
            #expect(error?.description.contains(fixture.server.password) == false)
        }
        let missing = #expect(throws: CatalogError.self) { try PostgreSQLCatalogReader(server: database) }
        #expect(missing?.message.contains("no_such_database") == true)
    }

    @Test func `a second broker on the database is kept out until the first is gone`() async throws {
        let fixture = try await PostgreSQLFixture()
        let first = try fixture.openAttached()
        let second = try fixture.open()
        let error = await #expect(throws: CatalogError.self) {
            // It waits for the first one's end for a while.
            try await onOwnThread { try second.attach(journalID: "journal-2") }
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("another broker") == true)
        try first.apply([.sent(1, "m-1")], through: 1)
        try first.close()
        #expect(try second.attach(journalID: "journal-1") == 1)
    }

    @Test func `open messages are found through the partial index and times through theirs`() async throws {
        let fixture = try await PostgreSQLFixture()
        let catalog = try fixture.openAttached()
        let settled = (1...3_000).flatMap { number -> [CatalogEvent] in
            let (sequence, identifier, time) = (UInt64(number), "m-\(number)", noon + Int64(number))
            return [
                .sent(sequence, identifier, at: time),
                .acknowledged(copy(sequence, identifier), by: "CA-RC", time: time + 1),
            ]
        }
        try catalog.apply(settled + [.sent(9_000, "open")], through: 1)
        try await fixture.query("ANALYZE message_metadata")
        let open = try await fixture.query(
            """
            EXPLAIN SELECT * FROM message_metadata
            WHERE state IS DISTINCT FROM 'acknowledged' AND sent_at < now() ORDER BY sent_at
            """
        )
        #expect(open.contains { $0[0]?.contains("cmq_message_open") ?? false }, "\(open)")
        let since = try await fixture.query(
            """
            EXPLAIN SELECT * FROM message_metadata
            WHERE sent_at >= '2026-01-02T03:04:05.126Z' ORDER BY sent_at LIMIT 10
            """
        )
        #expect(since.contains { $0[0]?.contains("cmq_message_sent") ?? false }, "\(since)")
    }
}
