import CMQSecrets
import Foundation
import GRDB
import TestSupport
import Testing

@testable import CMQCatalog

/// What is so only because the catalog is a file.
@Suite struct SQLiteFileTests {
    @Test func `a file that is no database is corrupt`() throws {
        let fixture = try SQLiteFixture()
        try fixture.directory.write(String(repeating: "not a database\n", count: 200), to: "catalog.db")
        let error = #expect(throws: CatalogError.self) { try fixture.open() }
        #expect(error?.code == .corrupt)
        #expect(error?.remedy != nil)
    }

    @Test func `a new database and its side files are for the owner only`() throws {
        let fixture = try SQLiteFixture()
        let catalog = try fixture.openAttached()
        try catalog.apply([.sent(1, "m-1")], through: 1)
        #expect(try fixture.mode() == 0o600)
        #expect(try fixture.mode(ofFile: "-wal") == 0o600)
        #expect(try fixture.mode(ofFile: "-shm") == 0o600)
    }

    @Test func `a missing directory is said so`() throws {
        let fixture = try SQLiteFixture()
        let options = SQLiteCatalogOptions(
            path: fixture.directory.file("missing/catalog.db"),
            aesKey: SecretBytes(copying: catalogKey)
        )
        let error = #expect(throws: CatalogError.self) { try SQLiteCatalog(options) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("missing/catalog.db") == true)
    }

    @Test func `a reader makes no file`() throws {
        let fixture = try SQLiteFixture()
        let missing = #expect(throws: CatalogError.self) { try fixture.reader() }
        #expect(missing?.code == .unavailable)
        #expect(missing?.message.contains(fixture.path) == true)
        #expect(!fixture.directory.exists("catalog.db"))
    }

    @Test func `open messages are found through the partial index and times through theirs`() async throws {
        let fixture = try SQLiteFixture()
        try fixture.open().close()
        let open = try await fixture.query(
            "EXPLAIN QUERY PLAN SELECT * FROM message_metadata WHERE state IS NOT 'acknowledged' AND sent_time < 'x'"
        )
        #expect(open.map { plan in plan.contains { $0?.contains("cmq_message_open") ?? false } } == [true])
        let since = try await fixture.query(
            "EXPLAIN QUERY PLAN SELECT * FROM message_metadata WHERE sent_time >= 'x' ORDER BY sent_time"
        )
        #expect(since.map { plan in plan.contains { $0?.contains("cmq_message_sent") ?? false } } == [true])
    }

    @Test func `a commit is synced before the broker may give up the journal's segments`() throws {
        let fixture = try SQLiteFixture()
        let catalog = try #require(try fixture.openAttached() as? SQLiteCatalog)
        // 2 is FULL: the write-ahead log is synced at each commit, and not only at checkpoints.
        #expect(try catalog.queue.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
        #expect(try catalog.queue.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
    }

    @Test func `texts of any length come back as they were`() throws {
        let fixture = try SQLiteFixture()
        let catalog = try fixture.openAttached()
        var expected: [String: [String?]] = [:]
        var events: [CatalogEvent] = []
        for (index, length) in [0, 1, 255, 1_900, 4_050, 4_096, 10_000].enumerated() {
            let sender = String(repeating: "s", count: length)
            let receiver = length == 1 ? nil : String(repeating: "é", count: length)
            let queue = String(repeating: "q", count: length + 1)
            events.append(.sent(UInt64(index), "m-\(index)", by: sender, to: receiver, queues: [queue]))
            expected["m-\(index)"] = [sender, receiver, queue, "2026-01-02T03:04:05.123456Z", nil]
        }
        try catalog.apply(events, through: 1)
        let page = try fixture.reader().messagePage(matching: MessageFilter(), from: .timed(after: nil), limit: 100)
        let found = page.rows.map { row in
            (
                row.messageID,
                [
                    row.clientID, row.receiverClientID, row.queueName, row.sentTime?.description,
                    row.acknowledgedTime?.description,
                ]
            )
        }
        #expect(Dictionary(uniqueKeysWithValues: found) == expected)
    }
}
