import ArgumentParser
import CMQCatalog
import CMQCommand

struct KeysHistoryVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show every registration of a key, oldest first.",
        discussion: """
            EXAMPLES
              cmq-admin keys history
              cmq-admin keys history CA-RC --json
            """
    )

    @OptionGroup(title: "Catalog") var catalog: CatalogOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Only this client's keys.")
    var client: String?

    func run() throws {
        let rows = try catalog.open().read { (reader) throws(CatalogError) in try reader.keyHistory(of: client) }
        if output.json {
            var lines = OutputLines()
            for row in rows { try lines.add(json: row) }
            try lines.flush()
        } else {
            var table = TextTable([.text("REGISTERED"), .text("CLIENT"), .text("FINGERPRINT"), .text("BY")])
            for row in rows {
                table.add([output.time.text(row.registeredTime), row.clientID, row.fingerprint, row.registeredBy])
            }
            table.setTotal(["\(rows.count) \(rows.count == 1 ? "registration" : "registrations")", "", "", ""])
            try OutputLines.print(table.lines(width: TerminalSize.ofStandardOutput?.columns))
        }
        if let client, rows.isEmpty {
            throw CommandFailure(.failure, "'\(client)' never registered a key", hint: "cmq-recv registers it")
        }
    }
}
