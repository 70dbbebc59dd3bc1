import ArgumentParser
import CMQCommand
import CMQJournal

struct JournalBackupVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy the journal to a directory, also while the broker runs, and check the copy.",
        discussion: """
            The copy is what a power cut at some moment would have left: a broker starts with it. Everything that was \
            acknowledged before the command began is in it. Copy the catalog first, then the journal: the catalog \
            catches up from the journal.

            EXAMPLES
              cmq-admin journal backup /backup/journal-2026-11-27
              cmq-admin journal backup /backup/journal --config /etc/cmq/config.toml
            """
    )

    @Argument(help: ArgumentHelp("A directory that does not exist yet, or is empty.", valueName: "dir"))
    var target: String

    @OptionGroup(title: "Journal") var journal: JournalOptions

    func run() throws {
        let directory = try journal.path()
        let copied: JournalVerification
        do throws(JournalError) {
            copied = try JournalBackup(directory: directory).run(to: target)
        } catch {
            throw CommandFailure(error)
        }
        try OutputLines.print([
            "copied       \(directory) to \(target)",
            "records      \(copied.recordCount), \(SizeText.text(copied.payloadBytes))",
            "end          position \(copied.endPosition)",
            "result       whole",
        ])
    }
}
