import ArgumentParser
import CMQCatalog

struct KeysListVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the registered keys (the default)."
    )

    @OptionGroup(title: "Catalog") var catalog: CatalogOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let keys = try catalog.open().read { (reader) throws(CatalogError) in try reader.keys() }
        guard output.json else {
            let width = TerminalSize.ofStandardOutput?.columns
            return try OutputLines.print(KeyTable.lines(keys, time: output.time, width: width))
        }
        var lines = OutputLines()
        for key in keys { try lines.add(json: key) }
        try lines.flush()
    }
}
