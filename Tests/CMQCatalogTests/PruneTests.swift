import CMQCatalog
import Testing

@Suite struct PruneTests {
    @Test(arguments: CatalogEngine.allCases)
    func `only messages whose every copy was acknowledged before the time go, oldest first`(
        engine: CatalogEngine
    ) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        let hour: Int64 = 3_600_000_000
        try catalog.apply(
            [
                .sent(1, "acknowledged", at: noon + 2),
                .acknowledged(copy(1, "acknowledged"), by: "A", time: noon + 3),
                .sent(2, "older", queues: ["a", "b"], at: noon + 1),
                .acknowledged(copy(2, "older", in: "a"), by: "A", time: noon + 3),
                .acknowledged(copy(2, "older", in: "b"), by: "A", time: noon + 4),
                .sent(3, "waiting", at: noon),
                .sent(4, "delivered", at: noon),
                .delivered(copy(4, "delivered"), to: "A", attempt: 1, time: noon + 1),
                .sent(5, "half", queues: ["a", "b"], at: noon),
                .acknowledged(copy(5, "half", in: "a"), by: "A", time: noon + 1),
                .sent(6, "dead", at: noon),
                .deadLettered(copy(6, "dead"), reason: "expired", deadLetterQueue: nil, time: noon + 1),
                .sent(7, "purged", at: noon),
                .removed(copy(7, "purged"), time: noon + 1),
                .sent(8, "late", at: noon),
                .acknowledged(copy(8, "late"), by: "A", time: noon + hour),
                .sent(9, "again", at: noon),
                .acknowledged(copy(9, "again"), by: "A", time: noon + 1),
            ],
            through: 1
        )
        // Acknowledged once, and now under way a second time.
        try catalog.apply([.sent(10, "again", at: noon + 9)], through: 2)
        let time = CatalogTime(microseconds: noon + hour)
        let names = "SELECT message_id FROM message_metadata ORDER BY message_id"
        #expect(try catalog.prune(acknowledgedBefore: time, limit: 1) == 1)
        #expect(try await !fixture.query(names).contains(["older"]))
        #expect(try await fixture.query("SELECT COUNT(*) FROM cmq_copies") == [["2"]])
        #expect(try catalog.prune(acknowledgedBefore: time, limit: 10) == 1)
        #expect(try catalog.prune(acknowledgedBefore: time, limit: 10) == 0)
        #expect(try catalog.prune(acknowledgedBefore: time, limit: 0) == 0)
        #expect(
            try await fixture.query(names) == [
                ["again"], ["dead"], ["delivered"], ["half"], ["late"], ["purged"], ["waiting"],
            ]
        )
    }

    @Test(arguments: CatalogEngine.allCases)
    func `rows of earlier versions are judged by their times, whatever their offset`(engine: CatalogEngine) async throws
    {
        let fixture = try await engine.fixture()
        try await fixture.query(
            """
            CREATE TABLE message_metadata (message_id TEXT PRIMARY KEY, client_id TEXT, exchange_name TEXT,
                routing_key TEXT, sent_time TEXT, delivered_time TEXT, acknowledged_time TEXT)
            """,
            """
            INSERT INTO message_metadata (message_id, sent_time, acknowledged_time) VALUES
                ('old', '2025-09-08T07:00:00+00:00', '2025-09-08T07:00:01+00:00'),
                ('open', '2025-09-08T07:00:00+00:00', NULL),
                ('west', '2025-09-08T07:00:00-08:00', '2025-09-08T07:00:01-08:00')
            """
        )
        let catalog = try fixture.open()
        let time = try #require(CatalogTime("2025-09-08T08:00:00Z"))
        #expect(try catalog.prune(acknowledgedBefore: time, limit: 10) == 1)
        #expect(
            try await fixture.query("SELECT message_id FROM message_metadata ORDER BY message_id") == [
                ["open"], ["west"],
            ]
        )
    }
}
