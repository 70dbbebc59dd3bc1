import CMQCatalog
import CMQSecrets
import Foundation
import TestSupport
import Testing

@Suite struct MigrationTests {
    private let sevenColumns = """
        CREATE TABLE message_metadata (message_id TEXT PRIMARY KEY, client_id TEXT, exchange_name TEXT,
            routing_key TEXT, sent_time TEXT, delivered_time TEXT, acknowledged_time TEXT)
        """
    private let oldRows = """
        INSERT INTO message_metadata VALUES
            ('w', 'sender_1', 'ex', 'key', '2025-09-08T07:03:00.123456789+00:00', NULL, NULL),
            ('d', 'sender_1', 'ex', 'key', '2025-09-08T07:03:01+00:00', '2025-09-08T07:03:02.5+00:00', NULL),
            ('a', 'sender_2', 'ex', 'key', '2025-09-08T07:03:03+00:00', '2025-09-08T07:03:04+00:00',
                '2025-09-08T07:03:05.000001+00:00'),
            ('n', NULL, NULL, NULL, NULL, NULL, NULL)
        """
    private let readOld = """
        SELECT message_id, client_id, exchange_name, routing_key, sent_time, delivered_time, acknowledged_time
        FROM message_metadata ORDER BY message_id
        """

    @Test func `a table of an earlier version gets the new columns and loses nothing`() async throws {
        let fixture = try CatalogFixture()
        try await fixture.python(sevenColumns, oldRows)
        let before = try await fixture.python(readOld)
        let catalog = try fixture.openAttached()
        #expect(try await fixture.python(readOld) == before)
        var rows = try fixture.reader().messages()
        var states: [String: MessageState] = [:]
        while let row = try rows.next() { states[row.messageID] = row.state }
        #expect(states == ["w": .waiting, "d": .delivered, "a": .acknowledged, "n": .waiting])
        let totals = try fixture.reader().totals()
        let counts = [totals.messages, totals.waiting, totals.delivered, totals.acknowledged]
        #expect(counts == [4, 2, 1, 1])
        #expect(totals.oldestOpenTime == CatalogTime("2025-09-08T07:03:00.123456Z"))
        // New messages live beside the old ones.
        try catalog.apply([.sent(1, "new")], through: 1)
        #expect(try fixture.reader().totals().messages == 5)
        try catalog.close()
        // The second start has nothing left to do.
        try fixture.open().close()
        #expect(try await fixture.python("SELECT COUNT(*), MAX(version) FROM cmq_schema") == [["1", "1"]])
    }

    @Test func `the sender that sends an old id again keeps the old times`() async throws {
        let fixture = try CatalogFixture()
        try await fixture.python(sevenColumns, oldRows)
        let before = try await fixture.python(readOld)
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .sent(1, "a", by: "sender_2"),
                .acknowledged(copy(1, "a"), by: "CA-RC", time: noon + 1),
                .sent(2, "d", by: "somebody"),
            ],
            through: 2
        )
        let row = try await fixture.python(readOld + " LIMIT 1")
        #expect(row[0][4...] == before[0][4...])
        #expect(try await fixture.python(readOld)[1] == before[1])
    }

    @Test func `a table with fewer columns gets the missing ones`() async throws {
        let fixture = try CatalogFixture()
        try await fixture.python(
            "CREATE TABLE message_metadata (message_id TEXT PRIMARY KEY, client_id TEXT, sent_time TEXT)",
            "INSERT INTO message_metadata VALUES ('x', 'sender_1', '2025-09-08T07:03:00Z')"
        )
        try fixture.open().close()
        #expect(try await fixture.python(readOld) == [["x", "sender_1", nil, nil, "2025-09-08T07:03:00Z", nil, nil]])
    }

    @Test func `a key file of 1.3 opens and its keys decrypt`() async throws {
        let fixture = try CatalogFixture()
        let script = """
            import base64, os, sqlite3, sys
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
            connection = sqlite3.connect(sys.argv[1])
            connection.execute("CREATE TABLE public_keys (client_id TEXT PRIMARY KEY, "
                "public_key_ciphertext TEXT NOT NULL, nonce TEXT NOT NULL, tag TEXT NOT NULL)")
            for client, cipher, fill in [("CA-RC", AESGCM, 1), ("NY-RC", AESGCM, 2), ("SF-RC", ChaCha20Poly1305, 3)]:
                nonce = os.urandom(12)
                sealed = cipher(bytes(range(32))).encrypt(nonce, bytes([fill]) * 32, None)
                connection.execute("INSERT INTO public_keys VALUES (?, ?, ?, ?)", [client] + [
                    base64.b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:])])
            connection.commit()
            """
        let made = try await run("python3", ["-c", script, fixture.path])
        try #require(made.status == 0, "\(made.errors)")
        let before = try await fixture.python("SELECT * FROM public_keys ORDER BY client_id")
        let catalog = try fixture.open()
        #expect(try catalog.publicKey(of: "CA-RC") == [UInt8](repeating: 1, count: 32))
        #expect(try catalog.publicKey(of: "NY-RC") == [UInt8](repeating: 2, count: 32))
        // Some versions between were set to the other cipher and had no column to say so.
        #expect(try catalog.publicKey(of: "SF-RC") == [UInt8](repeating: 3, count: 32))
        #expect(try catalog.publicKey(of: "FL-LAB") == nil)
        let after = try await fixture.python(
            "SELECT client_id, public_key_ciphertext, nonce, tag FROM public_keys ORDER BY client_id"
        )
        #expect(after == before)
        #expect(try fixture.reader().keys().map(\.clientID) == ["CA-RC", "NY-RC", "SF-RC"])
    }

    @Test func `a later version's database is refused by writer and reader and left alone`() async throws {
        let fixture = try CatalogFixture()
        try fixture.open().close()
        try await fixture.python("UPDATE cmq_schema SET version = 2")
        #expect(throws: CatalogError.self) { try fixture.open() }
        let writing = #expect(throws: CatalogError.self) { try fixture.open() }
        let reading = #expect(throws: CatalogError.self) { try fixture.reader() }
        #expect(writing?.code == .newerSchema)
        #expect(reading?.code == .newerSchema)
        #expect(writing?.message.contains("schema version 2, and this program knows 1") == true)
        #expect(writing?.remedy != nil)
        #expect(try await fixture.python("SELECT version FROM cmq_schema") == [["2"]])
    }

    @Test func `a file that is no database is corrupt`() throws {
        let fixture = try CatalogFixture()
        try fixture.directory.write(String(repeating: "not a database\n", count: 200), to: "catalog.db")
        let error = #expect(throws: CatalogError.self) { try fixture.open() }
        #expect(error?.code == .corrupt)
        #expect(error?.remedy != nil)
    }

    @Test func `somebody else's table of the same name is refused before anything is changed`() async throws {
        let fixture = try CatalogFixture()
        try await fixture.python("CREATE TABLE message_metadata (id INTEGER PRIMARY KEY, message_id TEXT)")
        let error = #expect(throws: CatalogError.self) { try fixture.open() }
        #expect(error?.code == .corrupt)
        #expect(
            try await fixture.python("SELECT name FROM sqlite_master WHERE type = 'table'") == [["message_metadata"]]
        )
    }

    @Test func `a new database and its side files are for the owner only`() throws {
        let fixture = try CatalogFixture()
        let catalog = try fixture.openAttached()
        try catalog.apply([.sent(1, "m-1")], through: 1)
        #expect(try fixture.mode() == 0o600)
        #expect(try fixture.mode(ofFile: "-wal") == 0o600)
        #expect(try fixture.mode(ofFile: "-shm") == 0o600)
    }

    @Test func `a missing directory is said so`() throws {
        let fixture = try CatalogFixture()
        let options = SQLiteCatalogOptions(
            path: fixture.directory.file("missing/catalog.db"),
            aesKey: SecretBytes(copying: CatalogFixture.keyBytes)
        )
        let error = #expect(throws: CatalogError.self) { try SQLiteCatalog(options) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("missing/catalog.db") == true)
    }

    @Test func `a closed catalog is unavailable`() throws {
        let fixture = try CatalogFixture()
        let catalog = try fixture.openAttached()
        try catalog.close()
        let error = #expect(throws: CatalogError.self) { try catalog.apply([.sent(1, "m-1")], through: 1) }
        #expect(error?.code == .unavailable)
    }
}
