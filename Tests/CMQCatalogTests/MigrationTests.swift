import CMQCatalog
import Foundation
import TestSupport
import Testing

@Suite struct MigrationTests {
    // CipherMQ 1.4 had the same tables in PostgreSQL as the versions before it in SQLite.
    private let sevenColumns = """
        CREATE TABLE message_metadata (message_id TEXT PRIMARY KEY, client_id TEXT, exchange_name TEXT,
            routing_key TEXT, sent_time TEXT, delivered_time TEXT, acknowledged_time TEXT)
        """
    private let keyTable = """
        CREATE TABLE public_keys (client_id TEXT PRIMARY KEY, public_key_ciphertext TEXT NOT NULL,
            nonce TEXT NOT NULL, tag TEXT NOT NULL)
        """
    private let oldRows = """
        INSERT INTO message_metadata VALUES
            ('w', 'sender_1', 'ex', 'key', '2025-09-08T07:03:00.123456789+00:00', NULL, NULL),
            ('d', 'sender_1', 'ex', 'key', '2025-09-08T07:03:01+00:00', '2025-09-08T07:03:02.5+00:00', NULL),
            ('a', 'sender_2', 'ex', 'key', '2025-09-08T07:03:03+00:00', '2025-09-08T07:03:04+00:00',
                '2025-09-08T07:03:05.000001+00:00'),
            ('e', 'sender_2', 'ex', 'key', '2025-09-08T10:33:03.25+03:30', NULL, '2025-09-07T23:03:04-08:00'),
            ('n', NULL, NULL, NULL, NULL, NULL, NULL),
            ('u', 'sender_3', 'ex', 'key', 'last Monday', '', NULL)
        """
    private let readOld = """
        SELECT message_id, client_id, exchange_name, routing_key, sent_time, delivered_time, acknowledged_time
        FROM message_metadata ORDER BY message_id
        """

    @Test(arguments: CatalogEngine.allCases)
    func `a table of an earlier version gets the new columns and loses nothing`(
        engine: CatalogEngine
    ) async throws {
        let fixture = try await engine.fixture()
        try await fixture.query(sevenColumns, oldRows)
        let before = try await fixture.query(readOld)
        let catalog = try fixture.openAttached()
        #expect(try await fixture.query(readOld) == before)
        var rows = try fixture.reader().messages()
        var states: [String: MessageState] = [:]
        while let row = try rows.next() { states[row.messageID] = row.state }
        #expect(
            states == [
                "w": .waiting, "d": .delivered, "a": .acknowledged, "e": .acknowledged, "n": .waiting,
                "u": .delivered,
            ]
        )
        let totals = try fixture.reader().totals()
        let counts = [totals.messages, totals.waiting, totals.delivered, totals.acknowledged]
        #expect(counts == [6, 2, 2, 2])
        #expect(totals.oldestOpenTime == CatalogTime("2025-09-08T07:03:00.123456Z"))
        // New messages live beside the old ones.
        try catalog.apply([.sent(1, "new")], through: 1)
        #expect(try fixture.reader().totals().messages == 7)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a second start has nothing left to do`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        try await fixture.query(sevenColumns, keyTable, oldRows)
        try fixture.open().close()
        let versions = try await fixture.query("SELECT * FROM cmq_schema")
        let rows = try await fixture.query("SELECT * FROM message_metadata ORDER BY message_id")
        try fixture.open().close()
        #expect(versions.count == 1)
        #expect(try await fixture.query("SELECT * FROM cmq_schema") == versions)
        #expect(try await fixture.query("SELECT * FROM message_metadata ORDER BY message_id") == rows)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `programs that start on an earlier version's database at once migrate it once`(
        engine: CatalogEngine
    ) async throws {
        let fixture = try await engine.fixture()
        try await fixture.query(sevenColumns, keyTable, oldRows)
        let before = try await fixture.query(readOld)
        let opened = await withTaskGroup(of: CatalogError?.self) { group in
            for _ in 0..<4 {
                group.addTask { @concurrent in
                    do throws(CatalogError) {
                        try fixture.open().close()
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1?.message) }
        }
        #expect(opened == [nil, nil, nil, nil])
        #expect(try await fixture.query(readOld) == before)
        #expect(try await fixture.query("SELECT version FROM cmq_schema") == [["1"]])
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the sender that sends an old id again keeps the old times`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        try await fixture.query(sevenColumns, oldRows)
        let before = try await fixture.query(readOld)
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .sent(1, "a", by: "sender_2"),
                .acknowledged(copy(1, "a"), by: "CA-RC", time: noon + 1),
                .sent(2, "d", by: "somebody"),
            ],
            through: 2
        )
        let row = try await fixture.query(readOld + " LIMIT 1")
        #expect(row[0][4...] == before[0][4...])
        #expect(try await fixture.query(readOld)[1] == before[1])
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a table with fewer columns gets the missing ones`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        try await fixture.query(
            "CREATE TABLE message_metadata (message_id TEXT PRIMARY KEY, client_id TEXT, sent_time TEXT)",
            "INSERT INTO message_metadata VALUES ('x', 'sender_1', '2025-09-08T07:03:00Z')"
        )
        try fixture.open().close()
        #expect(try await fixture.query(readOld) == [["x", "sender_1", nil, nil, "2025-09-08T07:03:00Z", nil, nil]])
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the keys of an earlier version decrypt and stay as they are`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let script = """
            import base64, os
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
            for client, cipher, fill in [("CA-RC", AESGCM, 1), ("NY-RC", AESGCM, 2), ("SF-RC", ChaCha20Poly1305, 3)]:
                nonce = os.urandom(12)
                sealed = cipher(bytes(range(32))).encrypt(nonce, bytes([fill]) * 32, None)
                parts = [base64.b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:])]
                print("INSERT INTO public_keys VALUES ('{}', '{}', '{}', '{}')".format(client, *parts))
            """
        let made = try await run("python3", ["-c", script])
        try #require(made.status == 0, "\(made.errors)")
        try await fixture.query([keyTable] + made.lines.map(String.init))
        let before = try await fixture.query("SELECT * FROM public_keys ORDER BY client_id")
        #expect(before.count == 3)
        let catalog = try fixture.open()
        #expect(try catalog.publicKey(of: "CA-RC") == [UInt8](repeating: 1, count: 32))
        #expect(try catalog.publicKey(of: "NY-RC") == [UInt8](repeating: 2, count: 32))
        // Some versions between were set to the other cipher and had no column to say so.
        #expect(try catalog.publicKey(of: "SF-RC") == [UInt8](repeating: 3, count: 32))
        #expect(try catalog.publicKey(of: "FL-LAB") == nil)
        let after = try await fixture.query(
            "SELECT client_id, public_key_ciphertext, nonce, tag FROM public_keys ORDER BY client_id"
        )
        #expect(after == before)
        #expect(try fixture.reader().keys().map(\.clientID) == ["CA-RC", "NY-RC", "SF-RC"])
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a later version's database is refused by writer and reader and left alone`(
        engine: CatalogEngine
    ) async throws {
        let fixture = try await engine.fixture()
        try fixture.open().close()
        try await fixture.query("UPDATE cmq_schema SET version = 99")
        let before = try await fixture.query("SELECT * FROM cmq_schema")
        let writing = #expect(throws: CatalogError.self) { try fixture.open() }
        let reading = #expect(throws: CatalogError.self) { try fixture.reader() }
        #expect(writing?.code == .newerSchema)
        #expect(reading?.code == .newerSchema)
        #expect(writing?.message.contains("schema version 99, and this program knows 1") == true)
        #expect(writing?.remedy != nil)
        #expect(try await fixture.query("SELECT * FROM cmq_schema") == before)
    }

    @Test(
        arguments: CatalogEngine.allCases,
        [
            "CREATE TABLE message_metadata (id INTEGER PRIMARY KEY, message_id TEXT)",
            "CREATE TABLE public_keys (client_id TEXT, key_id INTEGER, PRIMARY KEY (client_id, key_id))",
        ]
    )
    func `somebody else's table of the same name is refused before anything is changed`(
        engine: CatalogEngine,
        statement: String
    ) async throws {
        let fixture = try await engine.fixture()
        try await fixture.query(statement)
        let before = try await fixture.tables()
        let error = #expect(throws: CatalogError.self) { try fixture.open() }
        #expect(error?.code == .corrupt)
        #expect(try await fixture.tables() == before)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a closed catalog is unavailable`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.close()
        let error = #expect(throws: CatalogError.self) { try catalog.apply([.sent(1, "m-1")], through: 1) }
        #expect(error?.code == .unavailable)
    }
}
