import ArgumentParser
import CMQCatalog
import CMQCommand
import CMQSecrets

struct DatabaseCheckVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for what is missing in the database, or does not fit together.",
        discussion: """
            Changes nothing, reads every row, and ends with 1 when it finds a problem. With a broker's configuration \
            whose aes_key this user may read it also tries every public key.

            EXAMPLES
              cmq-admin db check --config /etc/cmq/config.toml
            """
    )

    @OptionGroup var database: DatabaseOptions

    @Flag(name: .long, help: "Print JSON, one object a line.")
    var json = false

    func run() throws {
        let administration = try database.open()
        let key = try aesKey()
        let findings = try administration.perform { (database) throws(CatalogError) in
            try database.check(aesKey: key)
        }
        let problems = findings.filter(\.isProblem)
        if json {
            var lines = OutputLines()
            for finding in findings { try lines.add(json: finding) }
            try lines.flush()
        } else {
            var table = TextTable([.text("WHAT"), .text("RESULT")])
            for finding in findings {
                table.add([finding.subject, (finding.isProblem ? "PROBLEM: " : "") + finding.result])
            }
            table.setTotal([
                "\(findings.count) checks", "\(problems.count) \(problems.count == 1 ? "problem" : "problems")",
            ])
            try OutputLines.print(table.lines(width: TerminalSize.ofStandardOutput?.columns))
        }
        guard let first = problems.first else { return }
        throw CommandFailure(.failure, "\(first.subject): \(first.result)", hint: first.remedy)
    }

    /// `nil` where no configuration has it, or this user may not read it.
    private func aesKey() throws(CommandFailure) -> SecretBytes? {
        guard database.catalog.catalog == nil else { return nil }
        return try? BrokerFiles(configuration: database.catalog.config).catalogKey()
    }
}
