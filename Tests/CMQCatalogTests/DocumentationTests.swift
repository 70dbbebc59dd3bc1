import CMQCatalog
import Foundation
import Testing

@Suite struct DocumentationTests {
    /// The queries of `docs/catalog.md` as they stand there.
    private static func queries() throws -> [String] {
        let repository = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: repository.appendingPathComponent("docs/catalog.md"), encoding: .utf8)
        return page.components(separatedBy: "```sql\n").dropFirst().map { section in
            (section.components(separatedBy: "```").first ?? "")
                .trimmingCharacters(in: CharacterSet(charactersIn: ";\n"))
        }
    }

    private static func filled(seed: UInt64) throws -> (fixture: CatalogFixture, script: BrokerScript) {
        let script = BrokerScript(seed: seed, count: 600)
        let fixture = try CatalogFixture()
        try fixture.openAttached().apply(script.events, through: 1)
        return (fixture, script)
    }

    @Test func `the documented query for unsettled messages finds those that the reader calls overdue`() async throws {
        let (fixture, script) = try Self.filled(seed: 21)
        let found = try await fixture.python(try #require(try Self.queries().first))
        let open = script.messages.filter { $0.fate == .waiting || $0.fate == .delivered }
        #expect(found.map { $0[0] } == open.sorted { $0.sent < $1.sent }.map(\.messageID))
        var rows = try fixture.reader().messages(matching: MessageFilter(selection: .overdue(sentBefore: .now())))
        var listed: [String] = []
        while let row = try rows.next() { listed.append(row.messageID) }
        #expect(found.map { $0[0] } == listed)
    }

    @Test func `the documented audit has the figures of the reader`() async throws {
        let (fixture, _) = try Self.filled(seed: 22)
        let queries = try Self.queries()
        try #require(queries.count == 3)
        let found = try await fixture.python(queries[1])
        let rows = try fixture.reader().audit(AuditQuery())
        let figures = rows.map { row in
            [row.clientID, row.receiverClientID]
                + [row.sent, row.delivered, row.acknowledged, row.missing, row.dead, row.purged].map { String($0) }
        }
        #expect(found == figures)
    }

    @Test func `the documented percentiles are exact`() async throws {
        let (fixture, script) = try Self.filled(seed: 23)
        let found = try await fixture.python(try #require(try Self.queries().last))
        let sorted = script.messages.compactMap { message in
            message.acknowledged.map { $0 - message.sent }
        }
        .sorted()
        let expected = [50, 95, 99, 100].map { String(sorted[(sorted.count * $0 + 99) / 100 - 1]) }
        #expect(found == [expected])
    }
}
