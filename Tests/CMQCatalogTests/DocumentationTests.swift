import CMQCatalog
import Foundation
import Testing

@Suite struct DocumentationTests {
    /// The queries of `docs/catalog.md` for an engine, as they stand there: what is unsettled, the audit, and
    /// the percentiles.
    private static func queries(for engine: CatalogEngine) throws -> [String] {
        let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: repository.appendingPathComponent("docs/catalog.md"), encoding: .utf8)
        let title = engine == .sqlite ? "Asking with your own tools\n" : "Asking PostgreSQL\n"
        let section = try #require(page.components(separatedBy: "\n## ").first { $0.hasPrefix(title) })
        let queries = section.components(separatedBy: "```sql\n").dropFirst().map { block in
            (block.components(separatedBy: "```").first ?? "")
                .trimmingCharacters(in: CharacterSet(charactersIn: ";\n"))
        }
        try #require(queries.count == 3)
        return queries
    }

    private static func filled(
        _ engine: CatalogEngine,
        seed: UInt64
    ) async throws -> (fixture: any CatalogFixture, script: BrokerScript) {
        let script = BrokerScript(seed: seed, count: 600)
        let fixture = try await engine.fixture()
        try fixture.openAttached().apply(script.events, through: 1)
        return (fixture, script)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the documented query for unsettled messages finds those that the reader calls overdue`(
        engine: CatalogEngine
    ) async throws {
        let (fixture, script) = try await Self.filled(engine, seed: 21)
        let found = try await fixture.query(try Self.queries(for: engine)[0])
        let open = script.messages.filter { $0.fate == .waiting || $0.fate == .delivered }
        #expect(found.map { $0[0] } == open.sorted { $0.sent < $1.sent }.map(\.messageID))
        var rows = try fixture.reader().messages(matching: MessageFilter(selection: .overdue(sentBefore: .now())))
        var listed: [String] = []
        while let row = try rows.next() { listed.append(row.messageID) }
        #expect(found.map { $0[0] } == listed)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the documented audit has the figures of the reader`(engine: CatalogEngine) async throws {
        let (fixture, _) = try await Self.filled(engine, seed: 22)
        let found = try await fixture.query(try Self.queries(for: engine)[1])
        let rows = try fixture.reader().audit(AuditQuery())
        let figures = rows.map { row in
            [row.clientID, row.receiverClientID]
                + [row.sent, row.delivered, row.acknowledged, row.missing, row.dead, row.purged].map { String($0) }
        }
        #expect(found == figures)
    }

    @Test(arguments: CatalogEngine.allCases)
    func `the documented percentiles are exact`(engine: CatalogEngine) async throws {
        let (fixture, script) = try await Self.filled(engine, seed: 23)
        let found = try await fixture.query(try Self.queries(for: engine)[2])
        let sorted = script.messages.compactMap { message in
            message.acknowledged.map { $0 - message.sent }
        }
        .sorted()
        let expected = [50, 95, 99, 100].map { String(sorted[(sorted.count * $0 + 99) / 100 - 1]) }
        #expect(found == [expected])
    }
}
