import ArgumentParser

struct JournalVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Look into the broker's journal, also while the broker writes it.",
        subcommands: [JournalInspectVerb.self, JournalVerifyVerb.self]
    )
}
