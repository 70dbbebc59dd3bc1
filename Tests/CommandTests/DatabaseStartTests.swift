import Foundation
import TestSupport
import Testing

/// How the broker starts when there is something about the database.
@Suite struct DatabaseStartTests {
    @Test(.timeLimit(.minutes(5)))
    func `the broker starts and works while the database is down, and catches up`() async throws {
        try await DatabaseFixture.with { fixture in
            let toolkit = fixture.toolkit
            try await toolkit.startBroker()
            try await toolkit.makeReceiver()
            // The sender gets to know the key.
            let first = try await toolkit.run("cmq-send", as: "alice", ["--to", "bob", "--receipts"], input: "0\n")
            await toolkit.stopBroker()
            try await fixture.server.stop()
            try await toolkit.startBroker()
            try await checkFor(.seconds(20)) { fixture.logged(DatabaseFixture.away) == 1 }
            let input = (1...100).map { "\($0)\n" }.joined()
            let second = try await toolkit.run("cmq-send", as: "alice", ["--to", "bob", "--receipts"], input: input)
            #expect(second.status == 0, "\(second.errors)")
            let received = try await toolkit.run("cmq-recv", as: "bob", ["--count", "101", "--field", "content"])
            #expect(received.status == 0, "\(received.errors)")
            #expect(received.lines.compactMap { Int($0) } == Array(0...100))
            try await fixture.server.startAgain()
            try await checkFor(.seconds(20)) { fixture.logged(DatabaseFixture.back) == 1 }
            var all = first
            all.standardOutput += second.standardOutput
            try await fixture.expectExact(all)
            #expect(fixture.logged(DatabaseFixture.away) == 1)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a broker that requires the database does not start without it`() async throws {
        try await DatabaseFixture.with(settings: ["database.required": "true"]) { fixture in
            try await fixture.toolkit.startBroker()
            await fixture.toolkit.stopBroker()
            try await fixture.server.stop()
            let refused = try await fixture.toolkit.runBroker()
            expectRefusal(refused, fixture, status: 69, "\(fixture.database) on 127.0.0.1:\(fixture.server.port)")
            #expect(refused.errors.contains("hint: check that the server runs"))
            #expect(refused.errors.split(separator: "\n").filter { $0.contains("error:") }.count == 1)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a wrong password, a missing database and a role without rights end the start with the remedy`()
        async throws
    {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            let (toolkit, server) = (fixture.toolkit, fixture.server)
            try toolkit.configure(["database.dbname": "\"labs_absent\""])
            expectRefusal(
                try await toolkit.runBroker(),
                fixture,
                "labs_absent",
                "3D000",
                "hint: make the database with createdb"
            )
            try toolkit.configure(["database.dbname": "\"\(fixture.database)\""])

            try toolkit.directory.writeSecret("open-sesame\n", to: "password")
            let wrong = try await toolkit.runBroker()
            expectRefusal(wrong, fixture, "28P01", "hint: check [database] user and password")
            #expect(!wrong.errors.contains("open-sesame"))
            try toolkit.directory.writeSecret(server.password + "\n", to: "password")

            let role = "reader_\(fixture.database)"
            try await server.psql(
                fixture.database,
                "CREATE ROLE \(role) LOGIN PASSWORD '\(server.password)'",
                as: server.administrator
            )
            try toolkit.use(server, fixture.database, as: role)
            expectRefusal(try await toolkit.runBroker(), fixture, "42501", "hint: run 'cmq-admin db migrate'")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a password in the URL, in the environment and in a file opens the database and shows nowhere`() async throws {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            let (toolkit, server) = (fixture.toolkit, fixture.server)
            let url = "postgresql://\(server.user):\(server.password)@127.0.0.1:\(server.port)/\(fixture.database)"
            try toolkit.directory.writeSecret("", to: "config.toml")
            try toolkit.configure([
                "database.url": "\"\(url)\"", "database.host": nil, "database.port": nil, "database.user": nil,
                "database.password_file": nil, "database.dbname": nil,
            ])
            try await toolkit.startBroker()
            #expect(try await fixture.number("SELECT version FROM cmq_schema") == 1)
            #expect(try await server.backendCount(of: fixture.database) == 2)
            // Other tests show theirs, in what they tell psql to do.
            let brokers = try await run("ps", ["-eo", "args", "-ww"]).lines.filter { $0.contains("cmq-broker") }
            #expect(!brokers.isEmpty && brokers.allSatisfy { !$0.contains(server.password) })
            let stopped = await toolkit.stopBroker()
            #expect(stopped?.errors.contains(server.password) == false)
            try toolkit.configure(["database.url": "\"\(url.replacing(server.password, with: "wrong-one"))\""])
            let refused = try await toolkit.runBroker()
            expectRefusal(refused, fixture, "28P01")
            #expect(!refused.errors.contains("wrong-one"))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a newer schema is refused by the broker and by cmq-admin`() async throws {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            try await fixture.toolkit.startBroker()
            await fixture.toolkit.stopBroker()
            try await fixture.query("UPDATE cmq_schema SET version = 99")
            let text = "has schema version 99, and this program knows 1"
            expectRefusal(
                try await fixture.toolkit.runBroker(),
                fixture,
                text,
                "hint: use the version of cmq that wrote it"
            )
            for verb in ["messages", "audit", "keys", "db migrate"] {
                let refused = try await run(
                    "cmq-admin",
                    verb.split(separator: " ").map(String.init) + ["--config", "config.toml"],
                    in: fixture.toolkit.directory.url
                )
                #expect(refused.status == 65, "\(verb)")
                #expect(refused.errors.contains(text), "\(refused.errors)")
                #expect(refused.output == "")
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a second broker on the same database does not write to it`() async throws {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            try await fixture.toolkit.startBroker()
            try await fixture.admin.publish("m-1")
            try await fixture.admin.waitForCatalog()
            let other = try ToolkitFixture()
            try other.use(fixture.server, fixture.database)
            try await other.endingBroker {
                try await other.startBroker()
                try await checkFor(.seconds(20)) { other.brokerLog.contains(DatabaseFixture.away) }
                #expect(other.brokerLog.contains("another broker writes to the catalog"))
                try await AdminFixture(toolkit: other).publish("m-2")
                try await fixture.admin.publish("m-3")
                try await fixture.admin.waitForCatalog()
            }
            #expect(
                try await fixture.query("SELECT message_id FROM message_metadata ORDER BY 1") == [["m-1"], ["m-3"]]
            )
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func `verify-full opens a server with a certificate of the named authority, and no other`(
        isRight: Bool
    ) async throws {
        let certificates = try TemporaryDirectory()
        let pki = try TestPKI(in: certificates)
        let strangers = try TestPKI(in: try TemporaryDirectory())
        try await DatabaseFixture.with(
            settings: [
                "database.sslmode": "\"verify-full\"",
                "database.sslrootcert": "\"\((isRight ? pki : strangers).caPath)\"",
            ],
            files: ["server.crt": pki.serverCertificatePath, "server.key": pki.serverKeyPath],
            serverSettings: ["ssl": "on"]
        ) { fixture in
            guard isRight else {
                return expectRefusal(try await fixture.toolkit.runBroker(), fixture, "certificate verify failed")
            }
            try await fixture.toolkit.startBroker()
            #expect(
                try await fixture.server.psql(
                    fixture.database,
                    """
                    SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                    WHERE application_name LIKE 'cmq-broker%' AND datname = current_database()
                    """,
                    as: fixture.server.administrator
                ) == [["t"]]
            )
        }
    }

    private func expectRefusal(
        _ result: CommandResult,
        _ fixture: DatabaseFixture,
        status: Int32 = 69,
        _ texts: String...
    ) {
        #expect(result.status == status, "\(result.errors)")
        for text in texts { #expect(result.errors.contains(text), "\(text) is missing in \(result.errors)") }
        #expect(!result.errors.contains(fixture.server.password))
        #expect(result.output == "")
    }
}
