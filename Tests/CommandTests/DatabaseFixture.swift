import CMQClient
import Foundation
import TestSupport
import Testing

/// A broker with its catalog in a database, and real senders and receivers.
struct DatabaseFixture {
    let toolkit: ToolkitFixture
    let server: PostgreSQLServer
    let database: String

    /// Runs `body` with a server of its own, which it may disturb, and ends the broker that it leaves.
    ///
    /// The broker is not started yet, and the database is empty.
    static func with(
        settings: [String: String] = [:],
        files: [String: String] = [:],
        serverSettings: [String: String] = [:],
        _ body: (DatabaseFixture) async throws -> Void
    ) async throws {
        try await with(
            settings: settings,
            on: try await PostgreSQLServer.start(
                settings: serverSettings.merging(["fsync": "off"]) { $1 },
                files: files
            ),
            body
        )
    }

    /// Runs `body` on a server that others use, too.
    static func with(
        settings: [String: String] = [:],
        on server: PostgreSQLServer,
        _ body: (DatabaseFixture) async throws -> Void
    ) async throws {
        let toolkit = try ToolkitFixture(settings: settings)
        let fixture = DatabaseFixture(toolkit: toolkit, server: server, database: try await server.makeDatabase())
        try toolkit.use(server, fixture.database)
        try await toolkit.endingBroker { try await body(fixture) }
    }

    var admin: AdminFixture { AdminFixture(toolkit: toolkit) }

    @discardableResult
    func query(_ statements: String...) async throws -> [[String?]] {
        try await server.psql(database, statements)
    }

    /// The first value of a statement that gives one number.
    func number(_ statement: String) async throws -> Int? {
        try await query(statement).first?.first?.flatMap { Int($0) }
    }

    /// A word to the broker as a client, on a connection of its own.
    func command(as identity: String, _ word: StaticString, _ argument: String) async throws -> String {
        let client = try await admin.client(identity)
        let reply = try await client.command(word, argument)
        await client.close()
        return reply
    }

    /// A public key that nobody has registered yet, in base64.
    func makeKey(_ name: String) async throws -> String {
        let made = try await run("cmq-keygen", ["--name", name], in: toolkit.directory.url)
        #expect(made.status == 0, "\(made.errors)")
        return try toolkit.directory.read("\(name)_public.key").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// How often the broker has logged a text since its last start.
    func logged(_ text: String) -> Int { toolkit.logged(text) }

    static let away = "The catalog is away"
    static let back = "The catalog is back"

    // MARK: - The tables

    /// Waits until the tables have the messages with these receipts, and expects nothing else in them:
    /// each once, acknowledged, in the order of its life.
    func expectExact(_ receipts: CommandResult) async throws {
        let sent = try receipts.objects().compactMap { $0["message_id"] as? String }
        #expect(Set(sent).count == sent.count)
        do {
            try await checkFor(.seconds(30), every: .milliseconds(50)) {
                try await number("SELECT count(*) FROM message_metadata WHERE state = 'acknowledged'") == sent.count
            }
        } catch let timeout as ConditionTimeout {
            let states = try await query("SELECT state, count(*) FROM message_metadata GROUP BY 1")
            let open = try await query("SELECT * FROM message_metadata WHERE state <> 'acknowledged' LIMIT 3")
            Issue.record("\(timeout): \(sent.count) sent, \(states), \(open), \(toolkit.brokerLog.suffix(2_000))")
        }
        let stored = try await query("SELECT message_id FROM message_metadata").compactMap { $0[0] }
        #expect(stored.count == sent.count)
        #expect(Set(stored) == Set(sent))
        let wrong = try await query(
            """
            SELECT * FROM message_metadata WHERE NOT (state = 'acknowledged' AND sent_at <= delivered_at
                AND delivered_at <= acknowledged_at AND sent_time::timestamptz = sent_at
                AND delivered_time::timestamptz = delivered_at AND acknowledged_time::timestamptz = acknowledged_at
                AND client_id = 'alice' AND consumer_client_id = 'bob' AND queue_name = 'bob' AND copies = 1
                AND deliveries >= 1 AND removed_at IS NULL) IS NOT FALSE LIMIT 3
            """
        )
        #expect(wrong == [])
        #expect(try await number("SELECT count(*) FROM cmq_copies") == 0)
    }
}
