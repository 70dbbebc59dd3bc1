import ArgumentParser
import CMQCatalog
import CMQCommand

struct AuditVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show for every sender and receiver what was sent, what arrived and what is missing.",
        discussion: """
            Ends with 1 when a message is overdue: neither acknowledged nor given up, and sent longer ago than \
            --overdue says. P50 and P99 are percentiles of the time from sending to delivery, and to the \
            acknowledgement. TIME is RFC 3339 or how long ago (30s, 15m, 24h, 7d).

            EXAMPLES
              cmq-admin audit
              cmq-admin audit --since 24h --overdue 5m --json
              cmq-admin audit --client CA-RC --csv
            """
    )

    @OptionGroup(title: "Catalog") var catalog: CatalogOptions

    @Option(
        name: .long,
        help: ArgumentHelp("A missing message is overdue after this (default: 15m).", valueName: "span")
    )
    var overdue: DurationArgument?

    @Option(name: .long, help: ArgumentHelp("Sent by or to this identity.", valueName: "name"))
    var client: String?

    @OptionGroup var sent: SentOptions

    @OptionGroup var output: RowOutputOptions

    func run() throws {
        let now = CatalogTime.now()
        let query = AuditQuery(
            since: sent.since?.time(now: now),
            until: sent.until?.time(now: now),
            client: client,
            overdueBefore: overdue?.before(now) ?? now - .seconds(15 * 60)
        )
        let rows = try catalog.open().read { (reader) throws(CatalogError) in try reader.audit(query) }
        var lines = OutputLines()
        if output.form.json {
            for row in rows { try lines.add(json: row) }
        } else if output.csv {
            try lines.add(CSVLine.encode(AuditTable.csvHeader))
            for row in rows { try lines.add(CSVLine.encode(AuditTable.csvFields(row))) }
        } else {
            let width = TerminalSize.ofStandardOutput?.columns
            for line in AuditTable.lines(rows, time: output.form.time, width: width) { try lines.add(line) }
        }
        try lines.flush()
        let count = rows.reduce(0) { $0 + $1.overdue }
        guard count == 0 else {
            throw CommandFailure(
                .failure,
                "\(count) \(count == 1 ? "message is" : "messages are") overdue",
                hint: "'cmq-admin messages --overdue \(overdueText)' shows them"
            )
        }
    }

    private var overdueText: String {
        "\(overdue?.duration.components.seconds ?? 15 * 60)s"
    }
}
