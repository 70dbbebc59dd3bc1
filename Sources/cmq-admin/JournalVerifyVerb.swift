import ArgumentParser
import CMQCommand
import CMQJournal

struct JournalVerifyVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read the whole journal and check every checksum and every record.",
        discussion: """
            Ends with 0 when the journal is whole and with 1 when it is not, naming the segment and the offset of the \
            first problem. Nothing is changed. Bytes of a record that was being written when the power went are not \
            a problem: the next start drops them.

            EXAMPLES
              cmq-admin journal verify
              cmq-admin journal verify --directory /backup/journal --json
            """
    )

    @OptionGroup(title: "Journal") var journal: JournalOptions

    @Flag(name: .long, help: "Print a JSON object.")
    var json = false

    func run() throws {
        let directory = try journal.path()
        var check = JournalCheck(directory: directory)
        do throws(JournalError) {
            try check.run()
        } catch {
            throw CommandFailure(error)
        }
        if json {
            try OutputLines.print(json: check)
        } else {
            try OutputLines.print(check.lines)
        }
        guard let first = check.problems.first else { return }
        let count = check.problems.count
        throw CommandFailure(
            .failure,
            "the journal has \(count) \(count == 1 ? "problem" : "problems"), the first: \(first.text)",
            hint: first.remedy
        )
    }
}
