import ArgumentParser
import CMQCommand
import CMQJournal
import Foundation

struct JournalRepairVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Say what a repair of a damaged journal would lose, and with --write repair it.",
        discussion: """
            Only while the broker is stopped. A backup that is newer than the damage is better than a repair. \
            Without --write nothing is changed. With it the damaged journal is first copied beside itself, to \
            <journal>.damaged-<time>; what is damaged is then marked as lost, and every other record stays where it is.

            Ends with 0 when nothing had to be repaired or --write has repaired it, and with 1 when there is something \
            to repair.

            EXAMPLES
              cmq-admin journal repair
              cmq-admin journal repair --write --config /etc/cmq/config.toml
            """
    )

    @OptionGroup(title: "Journal") var journal: JournalOptions

    @Flag(name: .long, help: "Repair, after the damaged journal was copied.")
    var write = false

    @Flag(name: .long, help: "Print a JSON object.")
    var json = false

    func run() throws {
        let directory = try journal.path()
        let report: RepairReport
        do throws(JournalError) {
            let repair = JournalRepair(directory: directory)
            report = RepairReport(directory, try repair.run(backup: write ? Self.backup(of: directory) : nil))
        } catch {
            throw CommandFailure(error)
        }
        if json {
            try OutputLines.print(json: report)
        } else {
            try OutputLines.print(report.lines)
        }
        guard report.isNeeded, !write else { return }
        throw CommandFailure(
            .failure,
            "the journal needs a repair, which would give up \(report.lostText)",
            hint: "restore a backup if there is one; otherwise repair with --write"
        )
    }

    private static func backup(of directory: String) -> String {
        let time = Date().formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
        var path = directory
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return "\(path).damaged-\(time)"
    }
}
