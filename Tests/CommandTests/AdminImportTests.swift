import Foundation
import TestSupport
import Testing

/// `cmq-admin db import-sqlite`.
@Suite struct AdminImportTests {
    private func takeOver(_ toolkit: ToolkitFixture, _ arguments: String...) async throws -> CommandResult {
        try await run(
            "cmq-admin",
            ["db", "import-sqlite"] + arguments + ["--config", "config.toml"],
            in: toolkit.directory.url
        )
    }

    @Test(.timeLimit(.minutes(5)))
    func `a broker goes on in PostgreSQL where its embedded catalog was`() async throws {
        let server = try await PostgreSQLServer.shared()
        let toolkit = try ToolkitFixture()
        try await toolkit.endingBroker {
            try await toolkit.startBroker()
            try await toolkit.makeReceiver()
            let fixture = DatabaseFixture(toolkit: toolkit, server: server, database: try await server.makeDatabase())
            func send(_ numbers: ClosedRange<Int>) async throws -> CommandResult {
                let input = numbers.map { "\($0)\n" }.joined()
                return try await toolkit.run("cmq-send", as: "alice", ["--to", "bob", "--receipts"], input: input)
            }
            var sent = try await send(1...60)
            #expect(try await toolkit.run("cmq-recv", as: "bob", ["--count", "40"]).lines.count == 40)
            try await fixture.admin.waitForCatalog()
            // Acknowledged and not yet in the embedded catalog, or waiting: both have to arrive.
            sent.standardOutput += try await send(61...100).standardOutput
            await toolkit.killBroker()
            let embedded = try await fixture.admin.local("messages", "--json")
            let keys = try await fixture.admin.local("keys", "history", "--json")

            try toolkit.use(server, fixture.database)
            let taken = try await takeOver(toolkit, toolkit.catalogPath, "--json")
            #expect(taken.status == 0, "\(taken.errors)")
            let outcome = try taken.object()
            #expect(outcome["messages"] as? Int == (try embedded.objects().count))
            #expect(outcome["keys"] as? Int == 1)
            #expect(outcome["registrations"] as? Int == 1)
            #expect(outcome["carries_position"] as? Bool == true)
            #expect(try await fixture.admin.local("messages", "--json").output == embedded.output)
            #expect(try await fixture.admin.local("keys", "history", "--json").output == keys.output)
            let check = try await fixture.admin.local("db", "check")
            #expect(check.status == 0, "\(check.output)\(check.errors)")

            let again = try await takeOver(toolkit, toolkit.catalogPath, "--json").object()
            for name in ["messages", "copies", "keys", "registrations", "queues"] {
                #expect(again[name] as? Int == 0, "\(name)")
            }
            #expect(again["known_messages"] as? Int == outcome["messages"] as? Int)
            #expect(again["known_keys"] as? Int == 1)

            try await toolkit.startBroker()
            #expect(try await toolkit.run("cmq-recv", as: "bob", ["--count", "60"]).lines.count == 60)
            sent.standardOutput += try await send(101...120).standardOutput
            #expect(try await toolkit.run("cmq-recv", as: "bob", ["--count", "20"]).lines.count == 20)
            try await fixture.expectExact(sent)
            #expect(sent.lines.count == 120)
            #expect(fixture.logged(DatabaseFixture.away) == 0)
            let known = try toolkit.directory.read("receiver_public.key").trimmingCharacters(
                in: .whitespacesAndNewlines
            )
            #expect(try await fixture.command(as: "alice", "get_public_key", "bob") == "Public key: \(known)")

            let refused = try await takeOver(toolkit, toolkit.catalogPath)
            #expect(refused.status == 69)
            #expect(refused.errors.contains("a broker writes to the catalog"))
            #expect(refused.errors.contains("hint: stop the broker, import, and start it again"))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `the key database of CipherMQ 1·3 is taken over, also under another key`() async throws {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            let toolkit = fixture.toolkit
            let script = """
                import base64, os, sqlite3
                from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
                database = sqlite3.connect("public_keys.db")
                database.execute("CREATE TABLE public_keys (client_id TEXT PRIMARY KEY, "
                    "public_key_ciphertext TEXT NOT NULL, nonce TEXT NOT NULL, tag TEXT NOT NULL)")
                for client, cipher, fill in [("CA-RC", AESGCM, 1), ("NY-RC", ChaCha20Poly1305, 2)]:
                    nonce = os.urandom(12)
                    sealed = cipher(bytes(range(32))).encrypt(nonce, bytes([fill]) * 32, None)
                    parts = [base64.b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:])]
                    database.execute("INSERT INTO public_keys VALUES (?, ?, ?, ?)", (client, *parts))
                database.commit()
                """
            let made = try await run("python3", ["-c", script], in: toolkit.directory.url)
            try #require(made.status == 0, "\(made.errors)")
            // The broker makes its own key.
            try await toolkit.startBroker()
            await toolkit.stopBroker()

            let closed = try await takeOver(toolkit, "public_keys.db")
            #expect(closed.status == 65)
            #expect(closed.errors.contains("the public keys of CA-RC, NY-RC in public_keys.db do not decrypt"))
            #expect(closed.errors.contains("--source-key-file"))
            #expect(try await fixture.number("SELECT count(*) FROM public_keys") == 0)

            try toolkit.directory.writeSecret(AdminDatabaseTests.earlierKey + "\n", to: "old.key")
            let taken = try await takeOver(toolkit, "public_keys.db", "--source-key-file", "old.key")
            #expect(taken.status == 0, "\(taken.errors)")
            #expect(taken.lines.contains { $0.hasPrefix("public keys ") && $0.split(separator: " ")[2] == "2" })
            #expect(!taken.output.contains("goes on where it was"))
            try await toolkit.startBroker()
            for (client, fill) in [("CA-RC", UInt8(1)), ("NY-RC", 2)] {
                let key = Data(repeating: fill, count: 32).base64EncodedString()
                #expect(try await fixture.command(as: "alice", "get_public_key", client) == "Public key: \(key)")
            }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `files that are no catalog and keys that are none are refused before anything is changed`() async throws {
        try await DatabaseFixture.with(on: try await PostgreSQLServer.shared()) { fixture in
            let toolkit = fixture.toolkit
            try toolkit.configure(["encryption.aes_key": "\"\(AdminDatabaseTests.earlierKey)\""])
            let missing = try await takeOver(toolkit, "absent.db")
            #expect(missing.status == 66)
            #expect(missing.errors.contains("there is no file absent.db"))
            try toolkit.directory.write("this is no database, and long enough to be read as one", to: "text.db")
            #expect(try await takeOver(toolkit, "text.db").status == 65)
            try toolkit.directory.writeSecret("too short\n", to: "bad.key")
            let key = try await takeOver(toolkit, "text.db", "--source-key-file", "bad.key")
            #expect(key.status == 66)
            #expect(key.errors.contains("--source-key-file"))
            #expect(!key.errors.contains("too short"))
            #expect(try await fixture.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0)
        }
    }
}
