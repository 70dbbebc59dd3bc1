import CMQCatalog
import Testing

@Suite struct AuditTests {
    private struct Pair: Hashable {
        var sender: String
        var receiver: String?
    }

    @Test(arguments: CatalogEngine.allCases, [1, 2, 3] as [UInt64])
    func `figures equal those of a brute-force count over a random run`(
        engine: CatalogEngine,
        seed: UInt64
    ) async throws {
        let script = BrokerScript(seed: seed, count: 1_500)
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        var position: UInt64 = 0
        var generator = SeededGenerator(seed: seed &+ 100)
        var rest = script.events[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...900, using: &generator)
            position += 1
            let outcome = try catalog.apply(Array(rest.prefix(size)), through: position)
            #expect(outcome.ignoredMessages == 0)
            rest = rest.dropFirst(size)
        }
        let limit = noon + 700_000
        let query = AuditQuery(overdueBefore: CatalogTime(microseconds: limit))
        let rows = try fixture.reader().audit(query)
        let groups = Dictionary(grouping: script.messages) { Pair(sender: $0.sender, receiver: $0.receiver) }
        #expect(rows.count == groups.count)
        for row in rows {
            let pair = Pair(sender: row.clientID ?? "", receiver: row.receiverClientID)
            try compare(row, with: try #require(groups[pair], "seed \(seed): \(pair)"), overdueBefore: limit)
        }
        let totals = try fixture.reader().totals()
        let count = { (fate: MessageState) in script.messages.count { $0.fate == fate } }
        #expect(totals.messages == script.messages.count)
        #expect(totals.waiting == count(.waiting))
        #expect(totals.delivered == count(.delivered))
        #expect(totals.acknowledged == count(.acknowledged))
        #expect(totals.dead == count(.dead))
        #expect(totals.purged == count(.purged))
    }

    private func compare(_ row: AuditRow, with messages: [BrokerScript.Message], overdueBefore: Int64) throws {
        let missing = messages.filter { $0.fate == .waiting || $0.fate == .delivered }
        #expect(row.sent == messages.count)
        #expect(row.delivered == messages.count { $0.delivered != nil })
        #expect(row.acknowledged == messages.count { $0.fate == .acknowledged })
        #expect(row.missing == missing.count)
        #expect(row.dead == messages.count { $0.fate == .dead })
        #expect(row.purged == messages.count { $0.fate == .purged })
        #expect(row.sent == row.acknowledged + row.missing + row.dead + row.purged)
        #expect(row.overdue == missing.count { $0.sent < overdueBefore })
        #expect(row.oldestMissingTime?.microseconds == missing.map(\.sent).min())
        compare(
            row.deliveryLatency,
            with: messages.compactMap { message in message.delivered.map { $0 - message.sent } }
        )
        compare(
            row.acknowledgementLatency,
            with: messages.compactMap { message in message.acknowledged.map { $0 - message.sent } }
        )
    }

    private func compare(_ summary: LatencySummary?, with latencies: [Int64]) {
        guard let summary, !latencies.isEmpty else {
            #expect(summary == nil && latencies.isEmpty)
            return
        }
        let sorted = latencies.sorted()
        for (percent, found) in [(50, summary.p50), (95, summary.p95), (99, summary.p99)] {
            let exact = sorted[(sorted.count * percent + 99) / 100 - 1]
            #expect(exact <= found && found <= exact + exact / 128, "p\(percent) of \(sorted.count)")
        }
        #expect(summary.largest == sorted.last)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `an audit is limited to a client and a time`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        let catalog = try fixture.openAttached()
        try catalog.apply(
            [
                .sent(1, "m-1", by: "A", to: "B", at: noon),
                .sent(2, "m-2", by: "B", to: "C", at: noon + 1),
                .sent(3, "m-3", by: "C", to: "D", at: noon + 2),
                .sent(4, "m-4", by: "E", to: nil, at: noon + 3),
                .delivered(copy(4, "m-4"), to: "B", attempt: 1, time: noon + 4),
            ],
            through: 1
        )
        let reader = try fixture.reader()
        func senders(_ query: AuditQuery) throws -> [String?] { try reader.audit(query).map(\.clientID) }
        #expect(try senders(AuditQuery()) == ["A", "B", "C", "E"])
        #expect(try senders(AuditQuery(client: "B")) == ["A", "B", "E"])
        #expect(try senders(AuditQuery(since: CatalogTime(microseconds: noon + 1))) == ["B", "C", "E"])
        #expect(try senders(AuditQuery(until: CatalogTime(microseconds: noon + 1))) == ["A"])
        #expect(try reader.audit(AuditQuery()).map(\.overdue) == [0, 0, 0, 0])
    }

    @Test(arguments: CatalogEngine.allCases)
    func `a message is overdue only when it was sent before the time`(engine: CatalogEngine) async throws {
        let fixture = try await engine.fixture()
        try fixture.openAttached().apply([.sent(1, "m-1", at: noon)], through: 1)
        let reader = try fixture.reader()
        #expect(try reader.audit(AuditQuery(overdueBefore: CatalogTime(microseconds: noon))).first?.overdue == 0)
        #expect(try reader.audit(AuditQuery(overdueBefore: CatalogTime(microseconds: noon + 1))).first?.overdue == 1)
    }
}
