import CMQCatalog
import Testing

@Suite struct ReplayTests {
    private func everything(_ fixture: any CatalogFixture) async throws -> [[String?]] {
        try await fixture.query("SELECT * FROM message_metadata ORDER BY message_id")
            + fixture.query("SELECT * FROM cmq_copies ORDER BY message_id, queue_name")
    }

    @Test(arguments: CatalogEngine.allCases, [11, 12, 13] as [UInt64])
    func `batches cut anywhere, replayed from anywhere, end as one batch does`(
        engine: CatalogEngine,
        seed: UInt64
    ) async throws {
        let script = BrokerScript(seed: seed, count: 400)
        let whole = try await engine.fixture()
        try whole.openAttached().apply(script.events, through: UInt64(script.events.count))

        let cut = try await engine.fixture()
        var catalog = try cut.openAttached()
        var generator = SeededGenerator(seed: seed &+ 7)
        var applied = 0
        while applied < script.events.count {
            // A crash before the position was known elsewhere: go back some way and come on again.
            let start = max(0, applied - Int.random(in: 0...150, using: &generator))
            let end = min(script.events.count, applied + Int.random(in: 1...120, using: &generator))
            try catalog.apply(Array(script.events[start..<end]), through: UInt64(end))
            applied = end
            if Int.random(in: 0..<8, using: &generator) == 0 {
                try catalog.close()
                catalog = try cut.open()
                #expect(try catalog.attach(journalID: "journal-1") == UInt64(applied))
            }
        }
        let expected = try await everything(whole)
        #expect(expected.count > 400)
        #expect(try await everything(cut) == expected)
    }
}
