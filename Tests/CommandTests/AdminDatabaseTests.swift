import CMQClient
import Foundation
import TestSupport
import Testing

/// `cmq-admin db`: migrating a database, looking it over, and the rights on it.
@Suite struct AdminDatabaseTests {
    /// The tables and rows that CipherMQ 1.4 leaves; keys under AES-256-GCM with the bytes 0 to 31.
    static func earlierDatabase() async throws -> [String] {
        let script = """
            import base64, os
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
            print("CREATE TABLE message_metadata (message_id TEXT PRIMARY KEY, client_id TEXT, exchange_name TEXT, "
                "routing_key TEXT, sent_time TEXT, delivered_time TEXT, acknowledged_time TEXT)")
            print("CREATE TABLE public_keys (client_id TEXT PRIMARY KEY, public_key_ciphertext TEXT NOT NULL, "
                "nonce TEXT NOT NULL, tag TEXT NOT NULL)")
            for number, client in enumerate(["CA-RC", "NY-RC"]):
                nonce = os.urandom(12)
                sealed = AESGCM(bytes(range(32))).encrypt(nonce, bytes([number + 1]) * 32, None)
                parts = [base64.b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:])]
                print("INSERT INTO public_keys VALUES ('{}', '{}', '{}', '{}')".format(client, *parts))
            """
        let made = try await run("python3", ["-c", script])
        try #require(made.status == 0, "\(made.errors)")
        return made.lines.map(String.init) + [
            """
            INSERT INTO message_metadata VALUES
                ('w', 'sender_1', 'ex', 'key', '2025-09-08T07:03:00.123456789+00:00', NULL, NULL),
                ('d', 'sender_1', 'ex', 'key', '2025-09-08T07:03:01+00:00', '2025-09-08T07:03:02.5+00:00', NULL),
                ('a', 'sender_2', 'ex', 'key', '2025-09-08T07:03:03+00:00', '2025-09-08T07:03:04+00:00',
                    '2025-09-08T07:03:05.000001+00:00')
            """
        ]
    }

    /// The key of ``earlierDatabase()`` as `aes_key` has it.
    static let earlierKey = Data(0..<32).base64EncodedString()

    /// Runs `cmq-admin db` with the broker's configuration.
    private func db(_ fixture: DatabaseFixture, _ arguments: String...) async throws -> CommandResult {
        try await run("cmq-admin", ["db"] + arguments + ["--config", "config.toml"], in: fixture.toolkit.directory.url)
    }

    @Test(.timeLimit(.minutes(5)))
    func `a database of CipherMQ 1·4 migrates without loss`() async throws {
        let settings = ["encryption.aes_key": "\"\(Self.earlierKey)\"", "encryption.algorithm": "\"aes-256-gcm\""]
        try await DatabaseFixture.with(settings: settings, on: try await PostgreSQLServer.shared()) { fixture in
            try await fixture.server.psql(fixture.database, try await Self.earlierDatabase())
            let columns =
                "message_id, client_id, exchange_name, routing_key, sent_time, delivered_time, acknowledged_time"
            func stored() async throws -> [[String?]] {
                try await fixture.query("SELECT \(columns) FROM message_metadata ORDER BY 1")
                    + fixture.query("SELECT client_id, public_key_ciphertext, nonce, tag FROM public_keys ORDER BY 1")
            }
            let before = try await stored()
            #expect(before.count == 5)
            let early = try await db(fixture, "check")
            #expect(early.status == 1)
            #expect(early.errors.contains("error: schema: no tables of this catalog"))
            #expect(early.errors.contains("hint: run 'cmq-admin db migrate'"))

            let migrated = try await db(fixture, "migrate")
            #expect(migrated.status == 0, "\(migrated.errors)")
            #expect(migrated.output == "migrated from version 0 to 1; 3 rows of an earlier version taken over\n")
            let again = try await db(fixture, "migrate", "--json").object()
            #expect(again["version_before"] as? Int == 1)
            #expect(again["adopted_rows"] as? Int == 0)
            #expect(try await stored() == before)
            let checked = try await db(fixture, "check")
            #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
            #expect(checked.output.contains("all 2 decrypt"))
            let messages = try await fixture.admin.local("messages", "--json").objects()
            #expect(messages.map { $0["state"] as? String } == ["waiting", "delivered", "acknowledged"])

            try await fixture.toolkit.startBroker()
            let key = Data(repeating: 1, count: 32).base64EncodedString()
            #expect(try await fixture.command(as: "alice", "get_public_key", "CA-RC") == "Public key: \(key)")
            #expect(try await stored() == before)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `status shows the server, the version and the tables`() async throws {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            let empty = try await db(fixture, "status")
            #expect(empty.status == 0, "\(empty.errors)")
            #expect(empty.lines.contains("schema    none"))
            try await fixture.toolkit.startBroker()
            let text = try await db(fixture, "status")
            #expect(text.lines.first == "database  \(fixture.database) on 127.0.0.1:\(fixture.server.port)")
            #expect(text.lines.contains("schema    version 1"))
            #expect(text.lines.last?.hasPrefix("total ") == true)
            let report = try await db(fixture, "status", "--json").object()
            #expect(report.value("database", "schema_version") as? Int == 1)
            let tables = (report["tables"] as? [[String: Any]])?.compactMap { $0["name"] as? String } ?? []
            let stored = try await fixture.query(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE \"C\""
            )
            #expect(tables.sorted() == stored.compactMap { $0[0] })
            #expect(tables.count == 9)
        }
    }

    /// A trouble, the part of `check` that it is in, and what is said about it.
    struct Problem: Sendable, CustomTestStringConvertible {
        var statement: String
        var subject: String
        var result: String

        var testDescription: String { subject }
    }

    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            Problem(
                statement: "ALTER TABLE message_metadata DROP COLUMN size_bytes",
                subject: "message_metadata",
                result: "size_bytes missing"
            ),
            Problem(
                statement: "DROP TABLE cmq_copies",
                subject: "cmq_copies",
                result: "message_id, queue_name"
            ),
            Problem(statement: "DROP INDEX cmq_message_open", subject: "indexes", result: "cmq_message_open missing"),
            Problem(
                statement:
                    "INSERT INTO message_metadata (message_id, acknowledged_time) VALUES ('old', 'x'), ('older', NULL)",
                subject: "earlier rows",
                result: "2 of an earlier version have no state yet"
            ),
            Problem(
                statement: "UPDATE message_metadata SET acknowledged_time = NULL WHERE state = 'acknowledged'",
                subject: "acknowledgements",
                result: "acknowledged, but without a time: 1"
            ),
            Problem(
                statement: "UPDATE message_metadata SET copies = 2 WHERE message_id = 'm-2'",
                subject: "copies",
                result: "1 messages lack some of their copies"
            ),
            Problem(
                statement:
                    "INSERT INTO cmq_copies (message_id, queue_name, state, deliveries) VALUES ('no', 'q', 'dead', 1)",
                subject: "lost copies",
                result: "1 copies of messages that are not there"
            ),
            Problem(
                statement: "UPDATE public_keys SET tag = nonce",
                subject: "public keys",
                result: "1 of 1 do not decrypt: bob"
            ),
        ]
    )
    func `check finds a problem, names it and ends with 1`(problem: Problem) async throws {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            try await fixture.toolkit.startBroker()
            try await fixture.toolkit.makeReceiver()
            try await fixture.admin.publish("m-1", "m-2")
            try await fixture.admin.acknowledgeOne()
            try await fixture.admin.waitForCatalog()
            let attached = try await db(fixture, "check", "--json")
            #expect(attached.status == 0, "\(attached.errors)")
            let findings = try attached.objects()
            #expect(findings.allSatisfy { $0["problem"] as? Bool == false })
            #expect(findings.first { $0["subject"] as? String == "broker" }?["result"] as? String == "one is attached")
            await fixture.toolkit.stopBroker()

            try await fixture.query(problem.statement)
            let found = try await db(fixture, "check", "--json")
            #expect(found.status == 1)
            let problems = try found.objects().filter { $0["problem"] as? Bool == true }
            #expect(problems.map { $0["subject"] as? String } == [problem.subject])
            #expect((problems.first?["result"] as? String)?.hasPrefix(problem.result) == true, "\(problems)")
            #expect(found.errors.contains("cmq-admin: error: \(problem.subject): \(problem.result)"), "\(found.errors)")
            #expect(found.errors.contains("cmq-admin: hint: "))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `check says when the aes_key is another one`() async throws {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            try await fixture.toolkit.startBroker()
            try await fixture.toolkit.makeReceiver()
            try fixture.toolkit.configure(["encryption.aes_key": "\"\(Self.earlierKey)\""])
            let found = try await db(fixture, "check")
            #expect(found.status == 1)
            #expect(found.output.contains("PROBLEM: 1 of 1 do not decrypt: bob"))
            #expect(found.errors.contains("hint: name the configuration whose [encryption] aes_key wrote them"))
            await fixture.toolkit.stopBroker()
            let refused = try await fixture.toolkit.runBroker()
            #expect(refused.status == 69)
            #expect(refused.errors.contains("aes_key does not decrypt the public keys"))
            #expect(refused.errors.contains("hint: set [encryption] aes_key"))
            #expect(!refused.errors.contains(Self.earlierKey))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `the broker's role runs a broker and changes no table, the auditor's reads all and writes nothing`()
        async throws
    {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            let (toolkit, server, database) = (fixture.toolkit, fixture.server, fixture.database)
            // Roles belong to the server that all tests share; the second name has to be quoted.
            let (broker, auditor) = ("broker_\(database)", "the \"auditor's\" \(database)")
            #expect(try await db(fixture, "migrate").status == 0)
            let script = try await run("cmq-admin", ["db", "grants", "--broker", broker, "--auditor", auditor])
            #expect(script.status == 0, "\(script.errors)")
            for _ in 1...2 {
                let granted = try await run(
                    "psql",
                    ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"],
                    input: script.output,
                    environment: server.environment(database, server.administrator)
                )
                #expect(granted.status == 0, "\(granted.errors)")
            }
            for role in [broker, auditor] {
                let quoted = "\"\(role.replacing("\"", with: "\"\""))\""
                try await server.psql(
                    database,
                    "ALTER ROLE \(quoted) PASSWORD '\(server.password)'",
                    as: server.administrator
                )
            }

            try toolkit.use(server, database, as: broker)
            try toolkit.configure(["database.retention": "\"1d\"", "database.required": "true"])
            try await toolkit.startBroker()
            try await toolkit.makeReceiver()
            let sent = try await toolkit.run("cmq-send", as: "alice", ["--to", "bob", "--receipts"], input: "1\n2\n")
            #expect(try await toolkit.run("cmq-recv", as: "bob", ["--count", "2"]).lines.count == 2)
            try await fixture.expectExact(sent)
            #expect(try await db(fixture, "check").status == 0)
            for statement in [
                "CREATE TABLE more (id INTEGER)", "ALTER TABLE message_metadata ADD COLUMN more TEXT",
                "DROP TABLE cmq_copies", "UPDATE cmq_schema SET version = 2", "TRUNCATE message_metadata",
            ] {
                await #expect(throws: PostgreSQLServer.Failure.self, "\(statement)") {
                    try await server.psql(database, statement, as: broker)
                }
            }

            func audit(_ arguments: String...) async throws -> CommandResult {
                try await audit(arguments)
            }
            func audit(_ arguments: [String]) async throws -> CommandResult {
                var url = URLComponents()
                url.scheme = "postgresql"
                url.user = auditor
                url.host = "127.0.0.1"
                url.port = server.port
                url.path = "/\(database)"
                return try await run(
                    "cmq-admin",
                    arguments + ["--catalog", url.string ?? ""],
                    environment: ["PGPASSWORD": server.password]
                )
            }
            #expect(try await audit("messages", "--json").objects().count == 2)
            #expect(try await audit("audit", "--json").object()["acknowledged"] as? Int == 2)
            #expect(try await audit("keys", "--json").object()["client_id"] as? String == "bob")
            #expect(try await audit("keys", "history", "--json").objects().count == 1)
            #expect(try await audit("db", "check").status == 0)
            let status = try await audit(["status", "--json"] + toolkit.connectionFlags(ToolkitFixture.admin))
            #expect(status.status == 0, "\(status.errors)")
            #expect(try status.object().value("catalog", "totals", "messages") as? Int == 2)
            for table in ["message_metadata", "public_keys", "cmq_key_history", "cmq_projection", "cmq_schema"] {
                await #expect(throws: PostgreSQLServer.Failure.self, "\(table)") {
                    try await server.psql(
                        database,
                        "SET default_transaction_read_only = off",
                        "DELETE FROM \(table)",
                        as: auditor
                    )
                }
            }
        }
    }

    @Test func `names that PostgreSQL has no room for are refused`() async throws {
        for arguments in [
            ["--broker", ""], ["--auditor", String(repeating: "a", count: 64)], ["--schema", "a\nb"],
            ["--broker", "x", "--auditor", "x"],
        ] {
            let refused = try await run("cmq-admin", ["db", "grants"] + arguments)
            #expect(refused.status == 64)
            #expect(refused.output == "")
        }
    }

    @Test func `a password in the URL is refused and shown nowhere`() async throws {
        let place = "postgresql://alice:open-sesame@127.0.0.1:1/labs"
        for verb in ["messages", "audit", "keys", "keys history", "db status", "db migrate", "db check", "status"] {
            for place in [place, "postgresql://127.0.0.1:1/labs?user=alice&password=open-sesame"] {
                let arguments = verb.split(separator: " ").map(String.init) + ["--catalog", place]
                let refused = try await run("cmq-admin", arguments)
                #expect(refused.status == 64, "\(verb): \(refused.errors)")
                #expect(refused.errors.contains("the URL holds a password"))
                #expect(refused.errors.contains("PGPASSFILE"))
                #expect(!(refused.output + refused.errors).contains("open-sesame"), "\(verb)")
            }
        }
        let broken = try await run("cmq-admin", ["keys", "--catalog", "postgresql://a:open-sesame@[::1/labs"])
        #expect(broken.status == 64)
        #expect(!broken.errors.contains("open-sesame"))
    }

    @Test func `a catalog in a file has no database to look after`() async throws {
        try await AdminFixture.with { admin in
            let refused = try await admin.local("db", "status")
            #expect(refused.status == 78)
            #expect(refused.errors.contains("cmq-data/catalog.db"))
            #expect(refused.errors.contains("hint: name a database with --catalog postgresql://"))
        }
    }
}
