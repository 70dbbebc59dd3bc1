import CMQClient
import Foundation
import TestSupport
import Testing

/// Verbs that read the catalog: the same answers whatever keeps it.
@Suite struct AdminHistoryTests {
    @Test(arguments: ToolkitFixture.Engine.allCases)
    func `messages are filtered, and shown as table, JSON and CSV`(engine: ToolkitFixture.Engine) async throws {
        try await AdminFixture.with(on: engine) { admin in
            try await admin.publish("m-1", "m-2", "m-3")
            try await admin.acknowledgeOne()
            try await admin.rejectOne()
            try await admin.waitForCatalog()
            func found(_ arguments: String...) async throws -> [String?] {
                let result = try await run(
                    "cmq-admin",
                    ["messages", "--json"] + arguments,
                    in: admin.toolkit.directory.url
                )
                #expect(result.status == 0, "\(result.errors)")
                return try result.objects().map { $0["message_id"] as? String }
            }
            #expect(try await found() == ["m-1", "m-2", "m-3"])
            #expect(try await found("--newest", "--limit", "2") == ["m-3", "m-2"])
            #expect(try await found("--state", "acknowledged") == ["m-1"])
            #expect(try await found("--state", "dead") == ["m-2"])
            #expect(try await found("--state", "waiting", "--client", "alice") == ["m-3"])
            #expect(try await found("--queue", "bob.dead") == ["m-2"])
            #expect(try await found("--client", "nobody") == [])
            #expect(try await found("--since", "1h") == ["m-1", "m-2", "m-3"])
            #expect(try await found("--until", "1h") == [])
            #expect(try await found("--overdue", "0s") == ["m-3"])
            let text = try await admin.local("messages", "--utc")
            #expect(text.lines.first?.hasPrefix("SENT ") == true)
            #expect(text.lines.count == 5)
            #expect(text.lines.last == "3 messages")
            #expect(text.output.contains("dead (bad_tag)"))
            let csv = try await admin.local("messages", "--csv", "--config", "config.toml")
            #expect(csv.lines.count == 4)
            #expect(csv.lines.first?.hasPrefix("message_id,client_id,receiver_client_id,") == true)
            #expect(csv.lines.dropFirst().first?.hasPrefix("m-1,alice,bob,bob,cmq,bob,bob,,1,acknowledged,,1,") == true)
        }
    }

    @Test(arguments: ToolkitFixture.Engine.allCases)
    func `audit ends with 1 when a message is overdue`(engine: ToolkitFixture.Engine) async throws {
        try await AdminFixture.with(on: engine) { admin in
            try await admin.publish("m-1", "m-2", "m-3")
            try await admin.acknowledgeOne()
            try await admin.rejectOne()
            try await admin.waitForCatalog()
            let early = try await admin.local("audit", "--json")
            #expect(early.status == 0, "\(early.errors)")
            let row = try early.object()
            #expect(row["client_id"] as? String == "alice")
            #expect(row["receiver_client_id"] as? String == "bob")
            #expect(row["sent"] as? Int == 3)
            #expect(row["acknowledged"] as? Int == 1)
            #expect(row["dead"] as? Int == 1)
            #expect(row["missing"] as? Int == 1)
            #expect(row.value("acknowledgement_latency", "p99_microseconds") as? Int != nil)
            let late = try await admin.local("audit", "--overdue", "0s")
            #expect(late.status == 1)
            #expect(late.errors.contains("error: 1 message is overdue"))
            #expect(late.lines.last?.split(separator: " ").prefix(6) == ["total", "3", "2", "1", "1", "1"])
            let csv = try await admin.local("audit", "--csv", "--config", "config.toml")
            #expect(csv.lines.dropFirst().first?.hasPrefix("alice,bob,3,2,1,1,0,1,0,") == true)
        }
    }

    @Test(arguments: ToolkitFixture.Engine.allCases)
    func `keys shows the registered keys and those before them`(engine: ToolkitFixture.Engine) async throws {
        try await AdminFixture.with(on: engine) { admin in
            for name in ["one", "two"] {
                let made = try await run("cmq-keygen", ["--name", name], in: admin.toolkit.directory.url)
                #expect(made.status == 0, "\(made.errors)")
            }
            let bob = try await admin.client("bob")
            for name in ["one", "two"] {
                let text = try admin.toolkit.directory.read("\(name)_public.key")
                let key = text.trimmingCharacters(in: .whitespacesAndNewlines)
                #expect(try await bob.command("register_public_key", key) == "Public key registered")
            }
            await bob.close()
            let keys = try await admin.local("keys", "--json").objects()
            #expect(keys.map { $0["client_id"] as? String } == ["bob"])
            let history = try await admin.local("keys", "history", "bob", "--json").objects()
            #expect(history.count == 2)
            #expect(history.last?["fingerprint"] as? String == keys.first?["fingerprint"] as? String)
            #expect(history.first?["fingerprint"] as? String != keys.first?["fingerprint"] as? String)
            let text = try await admin.local("keys")
            #expect(text.lines.first?.hasPrefix("CLIENT ") == true)
            #expect(text.lines.last == "1 key")
            let past = try await admin.local("keys", "history", "--utc")
            #expect(past.lines.first?.hasPrefix("REGISTERED ") == true)
            #expect(past.lines.dropFirst().dropLast().allSatisfy { $0.contains("Z  bob  ") && $0.hasSuffix(" bob") })
            #expect(past.lines.count == 4)
            #expect(past.lines.last == "2 registrations")
            let unknown = try await admin.local("keys", "history", "nobody")
            #expect(unknown.status == 1)
            #expect(unknown.errors.contains("'nobody' never registered a key"))
            #expect(unknown.lines.last == "0 registrations")
        }
    }

    @Test(arguments: ToolkitFixture.Engine.allCases)
    func `audit counts what was sent between two times by or to a client`(engine: ToolkitFixture.Engine) async throws {
        try await AdminFixture.with(on: engine) { admin in
            try await admin.publish("m-1")
            try await admin.waitForCatalog()
            let first = try #require(
                try await admin.local("messages", "--json").objects().first?["sent_time"] as? String
            )
            try await admin.publish("m-2", "m-3")
            try await admin.waitForCatalog()
            let second = try #require(
                try await admin.local("messages", "--json").objects().dropFirst().first?["sent_time"] as? String
            )
            func sent(_ arguments: String...) async throws -> [Int?] {
                let directory = admin.toolkit.directory.url
                let json = try await run("cmq-admin", ["audit", "--json"] + arguments, in: directory)
                let csv = try await run("cmq-admin", ["audit", "--csv"] + arguments, in: directory)
                let rows = try json.objects().map { $0["sent"] as? Int }
                // Both forms say the same.
                #expect(csv.lines.count == rows.count + 1)
                #expect(csv.lines.dropFirst().map { Int($0.split(separator: ",")[2]) } == rows)
                return rows
            }
            #expect(try await sent() == [3])
            #expect(try await sent("--since", first, "--until", second) == [1])
            #expect(try await sent("--since", second) == [2])
            #expect(try await sent("--until", first) == [])
            #expect(try await sent("--since", "1h", "--until", "0s", "--client", "bob") == [3])
            #expect(try await sent("--client", "carol") == [])
            let none = try await admin.local("audit", "--client", "carol")
            #expect(none.lines.count == 2)
            #expect(none.lines.last?.split(separator: " ").prefix(3) == ["total", "0", "0"])
        }
    }

    @Test(arguments: ToolkitFixture.Engine.allCases)
    func `status says what the catalog has, and which database it is`(engine: ToolkitFixture.Engine) async throws {
        try await AdminFixture.with(on: engine) { admin in
            try await admin.publish("m-1", "m-2", "m-3")
            try await admin.acknowledgeOne()
            try await admin.rejectOne()
            try await admin.waitForCatalog()
            let catalog = try await admin.live("status", "--json").object().value("catalog") as? [String: Any] ?? [:]
            let totals = catalog.value("totals") as? [String: Any] ?? [:]
            #expect(totals["messages"] as? Int == 3)
            #expect(totals["waiting"] as? Int == 1)
            #expect(totals["acknowledged"] as? Int == 1)
            #expect(totals["dead"] as? Int == 1)
            #expect(totals["oldest_open_time"] as? String != nil)
            #expect(catalog.value("database", "engine") as? String == engine.rawValue.lowercased())
            #expect(catalog.value("database", "size_bytes") as? Int ?? 0 > 10_000)
            #expect((catalog.value("projection", "position") as? Int ?? 0) > 0)
            let lines = try await admin.live("status").lines
            #expect(lines.contains { $0.hasPrefix("catalog ") && $0.hasSuffix(": up to date") })
            #expect(
                lines.contains {
                    $0.hasPrefix("messages  3: 1 waiting, 0 delivered, 1 acknowledged, 1 dead, 0 purged, oldest open ")
                }
            )
            let database = lines.first { $0.hasPrefix("database ") }
            #expect(database?.hasPrefix("database  \(engine == .sqlite ? "SQLite 3" : "PostgreSQL 1")") == true)
            #expect(database?.hasSuffix(", no standby") == (engine == .postgreSQL))
        }
    }

    @Test func `a span that ends before it begins and two forms at once are refused`() async throws {
        let directory = try TemporaryDirectory()
        for verb in ["messages", "audit"] {
            let span = try await run("cmq-admin", [verb, "--since", "1h", "--until", "2h"], in: directory.url)
            #expect(span.status == 64, "\(verb)")
            #expect(span.errors.contains("--since is later than --until"))
            let forms = try await run("cmq-admin", [verb, "--json", "--csv"], in: directory.url)
            #expect(forms.status == 64, "\(verb)")
            #expect(forms.errors.contains("--json and --csv"))
        }
    }

    @Test(
        arguments: ["messages", "audit", "keys", "keys history", "journal inspect", "status"],
        ToolkitFixture.Engine.allCases
    )
    func `times are local, or UTC when asked`(verb: String, engine: ToolkitFixture.Engine) async throws {
        try await AdminFixture.with(on: engine) { admin in
            try await admin.publish("m-1")
            let made = try await run("cmq-keygen", ["--name", "one"], in: admin.toolkit.directory.url)
            #expect(made.status == 0, "\(made.errors)")
            let bob = try await admin.client("bob")
            let key = try admin.toolkit.directory.read("one_public.key")
            _ = try await bob.command("register_public_key", key.trimmingCharacters(in: .whitespacesAndNewlines))
            await bob.close()
            try await admin.waitForCatalog()
            func hours(_ flags: String...) async throws -> Set<Int> {
                // Nine hours east of Greenwich, as POSIX writes it, which needs no table of time zones.
                let shown = try await run(
                    "cmq-admin",
                    verb.split(separator: " ").map(String.init) + flags
                        + (verb == "status" ? admin.toolkit.connectionFlags(ToolkitFixture.admin) : []),
                    in: admin.toolkit.directory.url,
                    environment: ["TZ": "EAST-9"]
                )
                #expect(shown.status == 0, "\(shown.errors)")
                let times = shown.output.matches(of: /\d{4}-\d\d-\d\d (\d\d):\d\d:\d\d\.\d{3}(Z?)/)
                #expect(!times.isEmpty, "\(shown.output)")
                #expect(times.allSatisfy { $0.output.2.isEmpty == flags.isEmpty })
                return Set(times.compactMap { Int($0.output.1) })
            }
            let (local, utc) = (try await hours(), try await hours("--utc"))
            #expect(local == Set(utc.map { ($0 + 9) % 24 }))
        }
    }

    @Test func `a catalog that is missing or none is reported`() async throws {
        let directory = try TemporaryDirectory()
        for verb in ["messages", "audit", "keys"] {
            let missing = try await run("cmq-admin", [verb], in: directory.url)
            #expect(missing.status == 66, "\(verb)")
            #expect(missing.errors.contains("there is no catalog at "))
            #expect(missing.errors.contains("hint: name it with --catalog"))
        }
        try directory.write("this is no database, and long enough to be read as one", to: "text.db")
        let wrong = try await run("cmq-admin", ["messages", "--catalog", "text.db"], in: directory.url)
        #expect(wrong.status == 65)
        #expect(wrong.errors.contains("text.db"))
        let configuration = try await run("cmq-admin", ["audit", "--config", "absent.toml"], in: directory.url)
        #expect(configuration.status == 78)
        #expect(configuration.errors.contains("absent.toml"))
    }
}
