import ArgumentParser
import CMQCatalog
import CMQCommand

struct DatabaseStatusVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show the server, the version of the tables, and their sizes.",
        discussion: """
            Rows are the server's estimates.

            EXAMPLES
              cmq-admin db status --config /etc/cmq/config.toml
            """
    )

    private struct Report: Encodable {
        var database: DatabaseRow
        var tables: [DatabaseTable]
    }

    @OptionGroup var database: DatabaseOptions

    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func run() throws {
        let administration = try database.open()
        let report = try administration.perform { (database) throws(CatalogError) in
            Report(database: try database.state(), tables: try database.tables())
        }
        if json { return try OutputLines.print(json: report) }
        var lines = [
            "database  \(administration.server)",
            "server    \(report.database.summary)",
            "schema    \(report.database.schemaVersion == 0 ? "none" : "version \(report.database.schemaVersion)")",
            "",
        ]
        var table = TextTable([.text("TABLE"), .number("ROWS"), .number("SIZE"), .number("INDEXES")])
        for row in report.tables {
            table.add([
                row.name, row.rows.map { "\($0)" } ?? "-", SizeText.text(row.tableBytes), SizeText.text(row.indexBytes),
            ])
        }
        table.setTotal([
            "total", "\(report.tables.reduce(0) { $0 + ($1.rows ?? 0) })",
            SizeText.text(report.tables.reduce(0) { $0 + $1.tableBytes }),
            SizeText.text(report.tables.reduce(0) { $0 + $1.indexBytes }),
        ])
        lines += table.lines(width: TerminalSize.ofStandardOutput?.columns)
        try OutputLines.print(lines)
    }
}
