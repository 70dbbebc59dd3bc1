import ArgumentParser
import CMQCatalog
import CMQCommand

struct DatabaseMigrateVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Make the tables, or bring those of an earlier version up to date.",
        discussion: """
            Adds tables, columns and indexes, drops and rewrites nothing, and may run while a broker waits for it. \
            A second run finds nothing to do. The role needs the right to create tables, and must own those of an \
            earlier version.

            EXAMPLES
              cmq-admin db migrate --config /etc/cmq/config.toml
            """
    )

    @OptionGroup var database: DatabaseOptions

    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func run() throws {
        let outcome = try database.open().perform { (database) throws(CatalogError) in try database.migrate() }
        if json { return try OutputLines.print(json: outcome) }
        var line =
            outcome.versionBefore == outcome.version
            ? "the tables are up to date, version \(outcome.version)"
            : "migrated from version \(outcome.versionBefore) to \(outcome.version)"
        if outcome.adoptedRows > 0 { line += "; \(outcome.adoptedRows) rows of an earlier version taken over" }
        try OutputLines.print([line])
    }
}
