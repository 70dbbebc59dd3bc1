import ArgumentParser
import CMQCatalog
import CMQCommand
import CMQConfiguration
import CMQSecrets
import Foundation

struct DatabaseImportVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-sqlite",
        abstract: "Take over an embedded catalog, or the key database of CipherMQ 1.3.",
        discussion: """
            Everything is taken over, or nothing. What the database has already stays as it is, so that a second run \
            adds nothing. Stop the broker first; with the same journal it then goes on where it was.

            The public keys are tried with the aes_key of the configuration. A file whose keys were written with \
            another one needs --source-key-file; they are encrypted anew.

            EXAMPLES
              cmq-admin db import-sqlite cmq-data/catalog.db --config /etc/cmq/config.toml
              cmq-admin db import-sqlite public_keys.db --source-key-file old.key --config config.toml
            """
    )

    @OptionGroup var database: DatabaseOptions

    @Option(
        name: .long,
        help: ArgumentHelp("The aes_key of the SQLite file in base64, if it is another one.", valueName: "file")
    )
    var sourceKeyFile: String?

    @Argument(help: ArgumentHelp("The SQLite file.", valueName: "file"))
    var file: String

    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    func run() throws {
        guard FileManager.default.fileExists(atPath: file) else {
            throw CommandFailure(.noInput, "there is no file \(file)", hint: "name an SQLite catalog")
        }
        let target = try targetKey()
        let source = SQLiteImport(path: file, sourceKey: try sourceKey() ?? target, targetKey: target)
        let outcome = try database.open().perform { (database) throws(CatalogError) in
            try database.importSQLite(source)
        }
        if json { return try OutputLines.print(json: outcome) }
        var table = TextTable([.text("WHAT"), .number("TAKEN OVER"), .number("THERE BEFORE")])
        table.add(["messages", "\(outcome.messages)", "\(outcome.knownMessages)"])
        table.add(["copies", "\(outcome.copies)", "-"])
        table.add(["public keys", "\(outcome.keys)", "\(outcome.knownKeys)"])
        table.add(["registrations", "\(outcome.registrations)", "-"])
        table.add(["queues", "\(outcome.queues)", "-"])
        let total = outcome.messages + outcome.copies + outcome.keys + outcome.registrations + outcome.queues
        table.setTotal(["total", "\(total)", "\(outcome.knownMessages + outcome.knownKeys)"])
        var lines = table.lines(width: TerminalSize.ofStandardOutput?.columns)
        if outcome.carriesPosition { lines.append("a broker with the same journal goes on where it was") }
        try OutputLines.print(lines)
    }

    private func targetKey() throws(CommandFailure) -> SecretBytes {
        let files = try BrokerFiles(configuration: database.catalog.config)
        do throws(FileError) {
            return try files.catalogKey()
        } catch {
            throw CommandFailure(
                .configuration,
                "the key for the public keys cannot be read: \(error)",
                hint: "name the broker's configuration with --config, as a user who may read its aes_key"
            )
        }
    }

    private func sourceKey() throws(CommandFailure) -> SecretBytes? {
        guard let sourceKeyFile else { return nil }
        do throws(FileError) {
            return try CatalogKey.generated(path: sourceKeyFile).read()
        } catch {
            throw CommandFailure(.noInput, "--source-key-file: \(error)", hint: "it holds 32 bytes in base64")
        }
    }
}
