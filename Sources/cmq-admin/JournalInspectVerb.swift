import ArgumentParser
import CMQCommand
import CMQJournal

struct JournalInspectVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what each record says: kind, time, message, queue, client, sizes; never an envelope.",
        discussion: """
            A queue whose declaration lies in a segment that is gone is shown by its number, as #3.

            EXAMPLES
              cmq-admin journal inspect --limit 20
              cmq-admin journal inspect --message 5f0c2a9e-6f0e-4c55-9d36-0f6a8f5e9f11
              cmq-admin journal inspect --kind dead_lettered --json
            """
    )

    @OptionGroup(title: "Journal") var journal: JournalOptions

    @Option(name: .long, help: ArgumentHelp("Begin at this position.", valueName: "position"))
    var from: UInt64 = 0

    @Option(name: .long, help: ArgumentHelp("Only this kind of record, such as published.", valueName: "kind"))
    var kind: String?

    @Option(name: .long, help: ArgumentHelp("Only records about this message.", valueName: "message-id"))
    var message: String?

    @Option(name: .long, help: ArgumentHelp("At most so many records.", valueName: "n"))
    var limit: Int?

    @Flag(name: .long, help: "Show the journal's own marks and segment ends too.")
    var marks = false

    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit takes 1 or more") }
    }

    func run() throws {
        let inspector = JournalInspector(directory: try journal.path())
        var lines = OutputLines()
        var queueNames: [UInt32: String] = [:]
        var (shown, records) = (0, 0)
        var failure: CommandFailure?
        let width = TerminalSize.ofStandardOutput?.columns
        if !output.json { try lines.add(JournalRow.header) }
        let verification: JournalVerification
        do throws(JournalError) {
            // From the beginning, because names are declared there.
            verification = try inspector.walk { entry in
                let row = JournalRow(entry, queueNames: &queueNames)
                guard isWanted(row) else { return true }
                do throws(CommandFailure) {
                    if output.json {
                        try lines.add(json: row)
                    } else {
                        try lines.add(row.line(time: output.time, width: width))
                    }
                } catch {
                    failure = error
                }
                shown += 1
                if row.isRecord { records += 1 }
                return failure == nil && !lines.isClosed && shown < limit ?? .max
            }
        } catch {
            throw CommandFailure(error)
        }
        if let failure { throw failure }
        if !output.json { try lines.add(JournalRow.total(records: records, marks: shown - records)) }
        try lines.flush()
        if let problem = verification.problems.first {
            throw CommandFailure(.dataError, problem.description, hint: problem.remedy)
        }
    }

    private func isWanted(_ row: JournalRow) -> Bool {
        row.position >= from && (marks || row.isRecord) && (kind == nil || row.kind == kind)
            && (message == nil || row.messageID == message)
    }
}
