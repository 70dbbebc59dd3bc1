import CMQCatalog
import Foundation
import TestSupport
import Testing

@Suite struct ReaderTests {
    private func identifiers(_ reader: any CatalogReader, _ filter: MessageFilter) throws -> [String] {
        var rows = reader.messages(matching: filter)
        var identifiers: [String] = []
        while let row = try rows.next() { identifiers.append(row.messageID) }
        return identifiers
    }

    private func filled(_ engine: CatalogEngine) async throws -> any CatalogFixture {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .sent(1, "m-1", queues: ["results"], at: noon + 1),
                .sent(2, "m-2", by: "PA-LAB", to: "NY-RC", queues: ["results"], at: noon + 2),
                .delivered(copy(2, "m-2"), to: "NY-RC", attempt: 1, time: noon + 10),
                .sent(3, "m-3", to: nil, queues: ["x", "y"], at: noon + 3),
                .acknowledged(copy(3, "m-3", in: "x"), by: "SF-RC", time: noon + 10),
                .acknowledged(copy(3, "m-3", in: "y"), by: "IL-LAB", time: noon + 10),
                .sent(4, "m-4", queues: ["y"], at: noon + 4),
                .deadLettered(copy(4, "m-4", in: "y"), reason: "rejected", deadLetterQueue: "y.dead", time: noon + 9),
                .sent(5, "m-5", queues: ["y"], at: noon + 5),
                .removed(copy(5, "m-5", in: "y"), time: noon + 9),
                .sent(6, "m-6", queues: ["z"], at: noon + 6),
                .acknowledged(copy(6, "m-6", in: "z"), by: "CA-RC", time: noon + 10),
            ],
            through: 1
        )
        return fixture
    }

    @Test(arguments: CatalogEngine.allCases)
    func `filters select by state, client, queue and time`(engine: CatalogEngine) async throws {
        let fixture = try await filled(engine)
        let reader = try fixture.reader()
        func found(_ filter: MessageFilter) throws -> [String] { try identifiers(reader, filter) }
        let time = { CatalogTime(microseconds: noon + $0) }
        #expect(try found(MessageFilter()) == ["m-1", "m-2", "m-3", "m-4", "m-5", "m-6"])
        #expect(try found(MessageFilter(selection: .state(.waiting))) == ["m-1"])
        #expect(try found(MessageFilter(selection: .state(.delivered))) == ["m-2"])
        #expect(try found(MessageFilter(selection: .state(.acknowledged))) == ["m-3", "m-6"])
        #expect(try found(MessageFilter(selection: .state(.dead))) == ["m-4"])
        #expect(try found(MessageFilter(selection: .state(.purged))) == ["m-5"])
        #expect(try found(MessageFilter(selection: .overdue(sentBefore: time(2)))) == ["m-1"])
        #expect(try found(MessageFilter(selection: .overdue(sentBefore: time(9)))) == ["m-1", "m-2"])
        #expect(try found(MessageFilter(client: "PA-LAB")) == ["m-2"])
        #expect(try found(MessageFilter(client: "NY-RC")) == ["m-2"])
        #expect(try found(MessageFilter(client: "SF-RC")) == ["m-3"])
        #expect(try found(MessageFilter(client: "CA-RC")) == ["m-1", "m-4", "m-5", "m-6"])
        #expect(try found(MessageFilter(queue: "y")) == ["m-3", "m-4", "m-5"])
        #expect(try found(MessageFilter(queue: "y.dead")) == ["m-4"])
        #expect(try found(MessageFilter(since: time(3), until: time(5))) == ["m-3", "m-4"])
        #expect(
            try found(MessageFilter(selection: .state(.dead), client: "CA-RC", queue: "y", until: time(9))) == ["m-4"]
        )
        #expect(try found(MessageFilter(queue: "nowhere")).isEmpty)
        #expect(try found(MessageFilter(limit: 2, order: .newestFirst)) == ["m-6", "m-5"])
        #expect(try found(MessageFilter(limit: 0)).isEmpty)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `rows are JSON with the names of the columns`(engine: CatalogEngine) async throws {
        let fixture = try await filled(engine)
        var rows = try fixture.reader().messages(matching: MessageFilter(selection: .state(.dead)))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = String(decoding: try encoder.encode(try #require(try rows.next())), as: UTF8.self)
        #expect(
            json == """
                {"client_id":"FL-LAB","copies":1,"dead_letter_queue":"y.dead","deliveries":0,\
                "exchange_name":"labs","message_id":"m-4","queue_name":"y","reason":"rejected",\
                "receiver_client_id":"CA-RC","removed_time":"2026-01-02T03:04:05.123465Z",\
                "routing_key":"results.ca","sent_time":"2026-01-02T03:04:05.123460Z","size_bytes":600,"state":"dead"}
                """
        )
    }

    @Test(arguments: CatalogEngine.allCases, [MessageFilter.Order.oldestFirst, .newestFirst])
    func `pages lose and repeat nothing where many messages share a time or have none`(
        engine: CatalogEngine,
        order: MessageFilter.Order
    ) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        // More than two pages, in runs of 700 with the same time.
        try catalog.apply(
            (0..<2_800).map { .sent(UInt64($0), String(format: "m-%04d", $0), at: noon + Int64($0 / 700)) },
            through: 1
        )
        let noTime = engine == .sqlite ? "sent_time = NULL" : "sent_time = NULL, sent_at = NULL"
        try await fixture.query("UPDATE message_metadata SET \(noTime) WHERE message_id < 'm-1300'")
        let reader = try fixture.reader()
        let all = (0..<2_800).map { String(format: "m-%04d", $0) }
        let expected = order == .oldestFirst ? all : all.reversed()
        #expect(try identifiers(reader, MessageFilter(order: order)) == expected)
        #expect(try identifiers(reader, MessageFilter(limit: 1_500, order: order)) == Array(expected.prefix(1_500)))
        let dated = expected.filter { $0 >= "m-1400" }
        #expect(
            try identifiers(reader, MessageFilter(since: CatalogTime(microseconds: noon + 2), order: order)) == dated
        )
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a reader sees the last commit while another process is writing`(engine: CatalogEngine) async throws {
        let fixture = try await filled(engine)
        let writer = try fixture.session()
        try await writer.execute("BEGIN")
        try await writer.execute("DELETE FROM message_metadata")
        let reader = try fixture.reader()
        #expect(try reader.totals().messages == 6)
        #expect(try reader.audit(AuditQuery()).map(\.sent).reduce(0, +) == 6)
        try await writer.execute("COMMIT")
        #expect(try reader.totals().messages == 0)
        #expect(try await writer.end())
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a reader sees whole batches only, with their position`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        let writer = BatchWriter()
        let writing = Task.detached { try writer.write(40, batchesOf: 50, to: catalog) }
        let reader = try fixture.reader()
        var seen = 0
        while !writer.isDone {
            let totals = try reader.totals()
            let position = try #require(try reader.projection()).position
            #expect(totals.messages % 50 == 0)
            #expect(totals.messages >= seen)
            #expect(position >= UInt64(totals.messages / 50))
            seen = totals.messages
        }
        try await writing.value
        #expect(try reader.totals().messages == 2_000)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a reader creates and migrates nothing`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        try await fixture.query("CREATE TABLE message_metadata (message_id TEXT PRIMARY KEY)")
        let older = #expect(throws: CatalogError.self) { try fixture.reader() }
        #expect(older?.code == .olderSchema)
        #expect(try await fixture.tables() == ["message_metadata"])
    }
}
