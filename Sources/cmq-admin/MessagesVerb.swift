import ArgumentParser
import CMQCatalog
import CMQCommand

struct MessagesVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "messages",
        abstract: "Show what became of messages: sent, delivered, acknowledged, given up.",
        discussion: """
            TIME is RFC 3339 (2026-01-02T03:04:05Z) or how long ago (30s, 15m, 24h, 7d).

            EXAMPLES
              cmq-admin messages --state waiting --client CA-RC
              cmq-admin messages --overdue 15m
              cmq-admin messages --queue CA-RC --since 24h --csv > day.csv
            """
    )

    /// Without a limit, a table would need the memory for all messages there ever were.
    private static let tableRows = 1_000

    @OptionGroup(title: "Catalog") var catalog: CatalogOptions

    @Option(name: .long, help: "waiting, delivered, acknowledged, dead or purged.")
    var state: MessageState?

    @Option(name: .long, help: ArgumentHelp("Open messages that were sent longer ago than this.", valueName: "span"))
    var overdue: DurationArgument?

    @Option(name: .long, help: ArgumentHelp("Sent by, to, or taken by this identity.", valueName: "name"))
    var client: String?

    @Option(name: .long, help: ArgumentHelp("In this queue, or in this dead-letter queue.", valueName: "name"))
    var queue: String?

    @OptionGroup var sent: SentOptions

    @Flag(name: .long, help: "Show the newest first.")
    var newest = false

    @Option(
        name: .long,
        help: ArgumentHelp("At most so many (default: 1000 in a table, else all).", valueName: "n")
    )
    var limit: Int?

    @OptionGroup var output: RowOutputOptions

    func validate() throws {
        if state != nil, overdue != nil { throw ValidationError("--state and --overdue exclude each other; use one") }
        if let limit, limit < 1 { throw ValidationError("--limit takes 1 or more") }
    }

    func run() throws {
        let reader = try catalog.open().reader
        var filter = self.filter(now: .now())
        if output.form.json || output.csv {
            return try reader.messages(matching: filter).forEachRow(write: rowWriter())
        }
        let rows = limit ?? Self.tableRows
        // One more than is shown tells whether there are more.
        filter.limit = limit ?? rows + 1
        var messages: [MessageRow] = []
        let iterator = reader.messages(matching: filter)
        try iterator.forEachRow { (row) throws(CommandFailure) in
            if let row { messages.append(row) }
            return true
        }
        let hasMore = messages.count > rows
        if hasMore { messages.removeLast() }
        let width = TerminalSize.ofStandardOutput?.columns
        try OutputLines.print(MessageTable.lines(messages, time: output.form.time, width: width))
        if hasMore {
            AdminCommand.diagnostics.warning("only \(rows) messages are shown")
            AdminCommand.diagnostics.hint("use --limit, --json or --csv for more, or --newest for the last ones")
        }
    }

    private func filter(now: CatalogTime) -> MessageFilter {
        let selection: MessageFilter.Selection? =
            if let overdue { .overdue(sentBefore: overdue.before(now)) } else {
                state.map { MessageFilter.Selection.state($0) }
            }
        return MessageFilter(
            selection: selection,
            client: client,
            queue: queue,
            since: sent.since?.time(now: now),
            until: sent.until?.time(now: now),
            limit: limit,
            order: newest ? .newestFirst : .oldestFirst
        )
    }

    /// Writes rows as they come; says whether anybody still reads.
    private func rowWriter() -> (MessageRow?) throws(CommandFailure) -> Bool {
        var lines = OutputLines()
        var isFirst = true
        let isCSV = output.csv
        return { (row) throws(CommandFailure) in
            if isCSV, isFirst { try lines.add(CSVLine.encode(MessageTable.csvHeader)) }
            isFirst = false
            guard let row else {
                try lines.flush()
                return false
            }
            if isCSV {
                try lines.add(CSVLine.encode(MessageTable.csvFields(row)))
            } else {
                try lines.add(json: row)
            }
            return !lines.isClosed
        }
    }
}

extension MessageState: ExpressibleByArgument {}

extension MessageIterator {
    /// Hands over row by row, and `nil` behind the last one, until `write` returns false.
    fileprivate func forEachRow(
        write: (MessageRow?) throws(CommandFailure) -> Bool
    ) throws(CommandFailure) {
        var iterator = self
        while true {
            let row: MessageRow?
            do throws(CatalogError) {
                row = try iterator.next()
            } catch {
                throw CommandFailure(error)
            }
            guard try write(row), row != nil else { return }
        }
    }
}
