import ArgumentParser
import CMQBrokerCore
import CMQCatalog
import CMQClient
import CMQClientCommand
import CMQCommand

struct StatusVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show at one glance how the broker is: reachable, queues, keys, totals.",
        discussion: """
            Ends with 69 when the broker or the catalog cannot be reached, and shows what the other one says all \
            the same. On a machine without the catalog it shows what the broker says.

            --config takes the configuration of a client (config.json), or that of the broker (config.toml), which \
            says where the catalog is.

            EXAMPLES
              cmq-admin status --identity DC-HQ
              cmq-admin status --json | jq .broker.report.broker.queues
            """
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The catalog: a file (default: cmq-data/catalog.db), or postgresql://user@host/database.",
            valueName: "place"
        )
    )
    var catalog: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        var connection = self.connection
        var brokerConfiguration: String?
        if connection.config?.hasSuffix(".toml") == true {
            brokerConfiguration = connection.config
            connection.config = nil
        }
        var failure: CommandFailure?
        var report: BrokerReport?
        var address: String?
        do throws(CommandFailure) {
            let settings = try LiveBroker.settings(connection)
            address = settings.address
            let broker = try await LiveBroker.connect(settings)
            report = try await broker.report()
            await broker.client.close()
        } catch {
            failure = error
        }
        var history: StatusReport.History?
        var awayCatalog: CommandFailure?
        do throws(CommandFailure) {
            history = try self.history(brokerConfiguration)
        } catch {
            if error.status == .usage || error.status == .configuration { throw error }
            awayCatalog = error
        }
        let status = StatusReport(
            address: address,
            report: report,
            failure: failure,
            history: history,
            catalogFailure: awayCatalog
        )
        if output.json {
            try OutputLines.print(json: status)
        } else {
            let width = TerminalSize.ofStandardOutput?.columns
            try OutputLines.print(status.lines(time: output.time, width: width))
        }
        if let failure = failure ?? awayCatalog { throw failure }
    }

    /// What the catalog says; `nil` where there is none and none was named.
    private func history(_ configuration: String?) throws(CommandFailure) -> StatusReport.History? {
        let isNamed = catalog != nil || configuration != nil
        do throws(CommandFailure) {
            var options = CatalogOptions()
            options.catalog = self.catalog
            options.config = configuration
            let catalog = try options.open()
            return try catalog.read { (reader) throws(CatalogError) in
                StatusReport.History(
                    place: catalog.place.description,
                    database: try reader.database(),
                    totals: try reader.totals(),
                    keys: try reader.keys(),
                    projection: try reader.projection()
                )
            }
        } catch {
            if isNamed || error.status != .noInput { throw error }
            return nil
        }
    }
}
