import CMQCatalog
import Testing

@Suite struct CopyTests {
    @Test(arguments: CatalogEngine.allCases)
    func `a message for several queues is acknowledged when every copy is`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .sent(1, "m-1", to: nil, queues: ["ca", "ny", "sf"]),
                .delivered(copy(1, "m-1", in: "ny"), to: "NY-RC", attempt: 1, time: noon + 20),
                .delivered(copy(1, "m-1", in: "ca"), to: "CA-RC", attempt: 1, time: noon + 30),
                .acknowledged(copy(1, "m-1", in: "ca"), by: "CA-RC", time: noon + 40),
            ],
            through: 1
        )
        var row = try #require(try fixture.onlyRow())
        #expect(row.copies == 3)
        #expect(row.queueName == nil)
        #expect(row.state == .waiting)
        #expect(row.deliveredTime == CatalogTime(microseconds: noon + 20))
        #expect(row.acknowledgedTime == nil)
        #expect(row.deliveries == 2)
        try catalog.apply(
            [
                .acknowledged(copy(1, "m-1", in: "sf"), by: "SF-RC", time: noon + 90),
                .acknowledged(copy(1, "m-1", in: "ny"), by: "NY-RC", time: noon + 80),
            ],
            through: 2
        )
        row = try #require(try fixture.onlyRow())
        #expect(row.state == .acknowledged)
        #expect(row.acknowledgedTime == CatalogTime(microseconds: noon + 90))
        #expect(row.deliveredTime == CatalogTime(microseconds: noon + 20))
        #expect(
            try await fixture.query(
                """
                SELECT message_id, queue_name, state, deliveries, consumer_client_id, acknowledged_time
                FROM cmq_copies ORDER BY queue_name
                """
            ) == [
                ["m-1", "ca", "acknowledged", "1", "CA-RC", "2026-01-02T03:04:05.123496Z"],
                ["m-1", "ny", "acknowledged", "1", "NY-RC", "2026-01-02T03:04:05.123536Z"],
                ["m-1", "sf", "acknowledged", "0", "SF-RC", "2026-01-02T03:04:05.123546Z"],
            ]
        )
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a dead copy has its reason, is found in both queues and can be redriven`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply([.sent(1, "m-1")], through: 1)
        try catalog.apply(
            [
                .delivered(copy(1, "m-1"), to: "CA-RC", attempt: 20, time: noon + 1),
                .deadLettered(
                    copy(1, "m-1"),
                    reason: "max_deliveries",
                    deadLetterQueue: "results.dead",
                    time: noon + 2
                ),
                .delivered(copy(1, "m-1", in: "results.dead"), to: "OPS", attempt: 1, time: noon + 3),
            ],
            through: 2
        )
        var row = try #require(try fixture.onlyRow())
        #expect(row.state == .dead)
        #expect(row.reason == "max_deliveries")
        #expect(row.deliveries == 20)
        #expect(row.removedTime == CatalogTime(microseconds: noon + 2))
        for queue in ["results", "results.dead"] {
            var found = try fixture.reader().messages(matching: MessageFilter(selection: .state(.dead), queue: queue))
            #expect(try found.next()?.messageID == "m-1")
        }
        try catalog.apply([.redriven(copy(1, "m-1"), time: noon + 4)], through: 3)
        row = try #require(try fixture.onlyRow())
        #expect(row.state == .waiting)
        #expect(row.deadLetterQueue == nil)
        #expect(row.reason == "max_deliveries")
        try catalog.apply([.acknowledged(copy(1, "m-1"), by: "CA-RC", time: noon + 5)], through: 4)
        #expect(try fixture.onlyRow()?.state == .acknowledged)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a dead copy among several is acknowledged through its dead-letter queue`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .sent(1, "m-1", queues: ["a", "b"]),
                .acknowledged(copy(1, "m-1", in: "a"), by: "A", time: noon + 1),
                .deadLettered(copy(1, "m-1", in: "b"), reason: "expired", deadLetterQueue: "b.dead", time: noon + 2),
            ],
            through: 1
        )
        #expect(try fixture.onlyRow()?.state == .dead)
        #expect(try fixture.reader().copies(of: "m-1").map(\.state) == [.acknowledged, .dead])
        try catalog.apply([.acknowledged(copy(1, "m-1", in: "b.dead"), by: "OPS", time: noon + 3)], through: 2)
        let row = try #require(try fixture.onlyRow())
        #expect(row.state == .acknowledged)
        #expect(row.acknowledgedTime == CatalogTime(microseconds: noon + 3))
        #expect(row.reason == "expired")
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a purged message is not acknowledged and stays so`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply([.sent(1, "m-1"), .removed(copy(1, "m-1"), time: noon + 1)], through: 1)
        try catalog.apply(
            [.sent(1, "m-1"), .delivered(copy(1, "m-1"), to: "CA-RC", attempt: 1, time: noon)],
            through: 2
        )
        let row = try #require(try fixture.onlyRow())
        #expect(row.state == .purged)
        #expect(row.acknowledgedTime == nil)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a queue that is named twice gets one copy`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .sent(1, "m-1", queues: ["a", "b", "a"]),
                .acknowledged(copy(1, "m-1", in: "a"), by: "A", time: noon + 1),
                .acknowledged(copy(1, "m-1", in: "b"), by: "B", time: noon + 2),
            ],
            through: 1
        )
        #expect(try fixture.onlyRow()?.copies == 2)
        #expect(try fixture.onlyRow()?.state == .acknowledged)
    }
}
