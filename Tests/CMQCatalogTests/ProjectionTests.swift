import CMQCatalog
import Foundation
import Testing

@Suite struct ProjectionTests {
    private let columns = """
        SELECT message_id, client_id, exchange_name, routing_key, sent_time, delivered_time, acknowledged_time
        FROM message_metadata ORDER BY message_id
        """

    @Test(arguments: CatalogEngine.allCases)
    func `a message sent, delivered and acknowledged in one batch is one row with its times`(
        engine: CatalogEngine
    ) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        let outcome = try catalog.apply(
            [
                .sent(1, "m-1", at: noon),
                .delivered(copy(1, "m-1"), to: "CA-RC", attempt: 1, time: noon + 10),
                .acknowledged(copy(1, "m-1"), by: "CA-RC", time: noon + 2_000_000),
            ],
            through: 7
        )
        #expect(outcome == ProjectionOutcome(isApplied: true, ignoredMessages: 0))
        #expect(
            try await fixture.query(columns) == [
                [
                    "m-1", "FL-LAB", "labs", "results.ca", "2026-01-02T03:04:05.123456Z",
                    "2026-01-02T03:04:05.123466Z", "2026-01-02T03:04:07.123456Z",
                ]
            ]
        )
        let details = """
            SELECT receiver_client_id, consumer_client_id, queue_name, copies, state, deliveries, size_bytes
            FROM message_metadata
            """
        #expect(
            try await fixture.query(details) == [["CA-RC", "CA-RC", "results", "1", "acknowledged", "1", "600"]]
        )
        #expect(try await fixture.query("SELECT * FROM cmq_copies").isEmpty)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `events of later batches go on with the row and keep the first delivery`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply([.sent(1, "m-1")], through: 1)
        try catalog.apply([.delivered(copy(1, "m-1"), to: "A", attempt: 1, time: noon + 1)], through: 2)
        try catalog.apply([.delivered(copy(1, "m-1"), to: "B", attempt: 2, time: noon + 2)], through: 3)
        var row = try #require(try fixture.onlyRow())
        #expect(row.state == .delivered)
        #expect(row.deliveredTime == CatalogTime(microseconds: noon + 1))
        #expect(row.deliveries == 2)
        #expect(row.consumerClientID == "B")
        try catalog.apply([.acknowledged(copy(1, "m-1"), by: "B", time: noon + 3)], through: 4)
        row = try #require(try fixture.onlyRow())
        #expect(row.state == .acknowledged)
        #expect(row.acknowledgedTime == CatalogTime(microseconds: noon + 3))
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a replay changes nothing, whether or not it ends behind the recorded position`(
        engine: CatalogEngine
    ) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        let events: [CatalogEvent] = [
            .sent(1, "m-1"),
            .delivered(copy(1, "m-1"), to: "CA-RC", attempt: 1, time: noon + 1),
            .acknowledged(copy(1, "m-1"), by: "CA-RC", time: noon + 2),
        ]
        try catalog.apply(events, through: 5)
        let before = try await fixture.query("SELECT * FROM message_metadata")
        #expect(try catalog.apply(events, through: 5).isApplied == false)
        #expect(try catalog.apply([.sent(2, "m-2")], through: 4).isApplied == false)
        // The same again with later times, as if the clock of a second run differed.
        let later: [CatalogEvent] = [
            .sent(1, "m-1", at: noon + 100),
            .delivered(copy(1, "m-1"), to: "XX", attempt: 1, time: noon + 101),
            .acknowledged(copy(1, "m-1"), by: "XX", time: noon + 102),
        ]
        #expect(try catalog.apply(later, through: 6).isApplied)
        #expect(try await fixture.query("SELECT * FROM message_metadata") == before)
        #expect(try fixture.reader().projection()?.position == 6)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `rows and position are written together or not at all`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply([.sent(1, "m-1")], through: 1)
        try await fixture.refuseMessage("m-5")
        let events: [CatalogEvent] =
            (2...9).map { .sent(UInt64($0), "m-\($0)") }
            + [.queueDeclared(name: "results", time: noon)]
        let error = #expect(throws: CatalogError.self) { try catalog.apply(events, through: 9) }
        #expect(error?.code == .constraint)
        #expect(try await fixture.query("SELECT message_id FROM message_metadata") == [["m-1"]])
        #expect(try await fixture.query("SELECT position FROM cmq_projection") == [["1"]])
        #expect(try await fixture.query("SELECT * FROM cmq_queues").isEmpty)
        try await fixture.takeEveryMessage()
        try catalog.apply(events, through: 9)
        #expect(try await fixture.query("SELECT COUNT(*) FROM message_metadata") == [["9"]])
        #expect(try await fixture.query("SELECT position FROM cmq_projection") == [["9"]])
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the position belongs to a journal and survives a restart`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        var catalog = try fixture.open()
        #expect(try catalog.attach(journalID: "one") == 0)
        try catalog.apply([.sent(1, "m-1")], through: .max)
        try catalog.close()
        catalog = try fixture.open()
        #expect(try catalog.attach(journalID: "one") == .max)
        #expect(try catalog.attach(journalID: "two") == 0)
        #expect(try fixture.reader().totals().messages == 1)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a catalog that follows no journal takes no events`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.open()
        #expect(throws: CatalogError.self) { try catalog.apply([.sent(1, "m-1")], through: 1) }
        #expect(try fixture.reader().projection() == nil)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `events of unknown messages are counted and stop nothing`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        let outcome = try catalog.apply(
            [
                .acknowledged(copy(1, "gone"), by: "CA-RC", time: noon),
                .sent(2, "m-2"),
            ],
            through: 2
        )
        #expect(outcome == ProjectionOutcome(isApplied: true, ignoredMessages: 1))
        #expect(try fixture.onlyRow()?.messageID == "m-2")
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a sender that uses an id again keeps the times of the first message`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .sent(1, "m-1", queues: ["a", "b"]),
                .acknowledged(copy(1, "m-1", in: "a"), by: "X", time: noon + 1),
                .acknowledged(copy(1, "m-1", in: "b"), by: "Y", time: noon + 2),
            ],
            through: 1
        )
        try catalog.apply([.sent(8, "m-1", at: noon + 50)], through: 2)
        let row = try #require(try fixture.onlyRow())
        #expect(row.state == .waiting)
        #expect(row.copies == 1)
        #expect(row.sentTime == CatalogTime(microseconds: noon))
        #expect(row.acknowledgedTime == CatalogTime(microseconds: noon + 2))
        #expect(try fixture.reader().copies(of: "m-1").isEmpty)
        // Late events of the first message no longer concern the row.
        try catalog.apply([.acknowledged(copy(1, "m-1", in: "a"), by: "X", time: noon + 60)], through: 3)
        #expect(try fixture.onlyRow()?.state == .waiting)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `nobody rewrites another sender's audit trail by using its id`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [.sent(1, "m-1"), .acknowledged(copy(1, "m-1"), by: "CA-RC", time: noon + 1)],
            through: 1
        )
        let before = try await fixture.query("SELECT * FROM message_metadata")
        let outcome = try catalog.apply(
            [
                .sent(2, "m-1", by: "EVIL", at: noon + 5),
                .deadLettered(copy(2, "m-1"), reason: "expired", deadLetterQueue: "results.dead", time: noon + 6),
            ],
            through: 2
        )
        #expect(outcome.ignoredMessages == 1)
        #expect(try await fixture.query("SELECT * FROM message_metadata") == before)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the topology is kept up to date and replaced as a whole`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .exchangeDeclared(name: "labs", kind: "direct", time: noon),
                .exchangeDeclared(name: "old", kind: "fanout", time: noon),
                .queueDeclared(name: "a", time: noon),
                .queueDeclared(name: "b", time: noon),
                .bound(queue: "a", exchange: "labs", routingKey: "x", time: noon),
                .bound(queue: "a", exchange: "labs", routingKey: "x", time: noon + 1),
                .bound(queue: "b", exchange: "labs", routingKey: "x", time: noon),
                .bound(queue: "b", exchange: "old", routingKey: "", time: noon),
                .unbound(queue: "a", exchange: "labs", routingKey: "x"),
                .exchangeDeleted(name: "old"),
            ],
            through: 1
        )
        let reader = try fixture.reader()
        #expect(
            try reader.topology()
                == CatalogTopology(
                    exchanges: [.init(name: "labs", kind: "direct")],
                    queues: ["a", "b"],
                    bindings: [.init(queueName: "b", exchangeName: "labs", routingKey: "x")]
                )
        )
        let whole = CatalogTopology(
            exchanges: [.init(name: "labs", kind: "topic"), .init(name: "new", kind: "direct")],
            queues: ["b", "c"],
            bindings: [.init(queueName: "c", exchangeName: "labs", routingKey: "#")]
        )
        try catalog.apply([.topologyReplaced(whole)], through: 2)
        #expect(try reader.topology() == whole)
        #expect(
            try await fixture.query("SELECT queue_name, declared_time FROM cmq_queues") == [
                ["b", "2026-01-02T03:04:05.123456Z"], ["c", nil],
            ]
        )
        try catalog.apply([.queueDeleted(name: "c")], through: 3)
        #expect(try reader.topology().bindings.isEmpty)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `ids that look alike and differ in their bytes are two messages`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        try catalog.apply([.sent(1, composed), .sent(2, decomposed)], through: 1)
        try catalog.apply(
            [
                .acknowledged(copy(2, decomposed), by: "CA-RC", time: noon + 2),
                .delivered(copy(1, composed), to: "CA-RC", attempt: 1, time: noon + 1),
            ],
            through: 2
        )
        let stored = try await fixture.query("SELECT state FROM message_metadata ORDER BY sequence")
        #expect(stored == [["delivered"], ["acknowledged"]])
    }
}

extension CatalogFixture {
    /// Makes the database refuse a message.
    fileprivate func refuseMessage(_ messageID: String) async throws {
        switch engine {
        case .sqlite:
            try await query(
                """
                CREATE TRIGGER poison BEFORE INSERT ON message_metadata WHEN NEW.message_id = '\(messageID)'
                BEGIN SELECT RAISE(ABORT, 'poison'); END
                """
            )
        case .postgreSQL:
            try await query("ALTER TABLE message_metadata ADD CONSTRAINT poison CHECK (message_id <> '\(messageID)')")
        }
    }

    /// Takes back ``refuseMessage(_:)``.
    fileprivate func takeEveryMessage() async throws {
        switch engine {
        case .sqlite: try await query("DROP TRIGGER poison")
        case .postgreSQL: try await query("ALTER TABLE message_metadata DROP CONSTRAINT poison")
        }
    }
}
