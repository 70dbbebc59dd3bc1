import ArgumentParser

struct JournalVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Look into the broker's journal, copy it, and repair it.",
        subcommands: [
            JournalInspectVerb.self, JournalVerifyVerb.self, JournalBackupVerb.self, JournalRepairVerb.self,
        ]
    )
}
