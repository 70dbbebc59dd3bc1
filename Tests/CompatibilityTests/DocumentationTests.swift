import Foundation
import Testing

/// The table in docs/compatibility.md names tests that are there, for every generation and both brokers.
@Suite struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8).components(separatedBy: "\n")
    }

    @Test func `every cell of the table names a test`() throws {
        let page = try lines("docs/compatibility.md")
        let rows = Generation.allCases.flatMap { generation in
            [("`cmq-broker`", "ours"), ("earlier", "theirs")].map { broker, kind in
                let cells = ["A", "B", "C", "D"].map { "\($0) (\(generation.rawValue), \(kind))" }
                return "| \(generation.rawValue) | \(broker) | \(cells.joined(separator: " | ")) |"
            }
        }
        #expect(page.filter { $0.contains("(1.") && $0.contains("ours)") || $0.contains("theirs)") } == rows)
    }

    @Test(arguments: ["A", "B", "C", "D"])
    func `the letters stand for tests with both arguments`(letter: String) throws {
        let row = try #require(try lines("docs/compatibility.md").first { $0.hasPrefix("| \(letter) | `") })
        let name = String(row.dropFirst(6).dropLast(2))
        let tests = try lines("Tests/CompatibilityTests/ExchangeTests.swift")
        let line = try #require(tests.firstIndex { $0.contains("func \(name)(") }, "\(name)")
        #expect(tests[line - 1] == "    @Test(arguments: Generation.allCases, Site.BrokerKind.allCases)")
    }
}
