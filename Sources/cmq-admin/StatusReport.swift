import CMQBrokerCore
import CMQCatalog
import CMQCommand

/// What `status` shows.
struct StatusReport: Encodable {
    /// What the catalog says.
    struct History: Encodable {
        var place: String
        var database: DatabaseRow
        var totals: CatalogTotals
        var keys: [PublicKeyRow]
        var projection: ProjectionRow?

        private enum CodingKeys: String, CodingKey {
            case database, totals, keys, projection
            case place = "path"
        }
    }

    private struct Broker: Encodable {
        var address: String?
        var isReachable: Bool
        var error: String?
        var report: BrokerReport?

        private enum CodingKeys: String, CodingKey {
            case address, error, report
            case isReachable = "reachable"
        }
    }

    private var broker: Broker
    private var catalog: History?
    private var catalogError: String?

    private enum CodingKeys: String, CodingKey {
        case broker, catalog
        case catalogError = "catalog_error"
    }

    init(
        address: String?,
        report: BrokerReport?,
        failure: CommandFailure?,
        history: History?,
        catalogFailure: CommandFailure?
    ) {
        broker = Broker(
            address: address,
            // A broker that refuses us is there.
            isReachable: report != nil || failure?.status == .noPermission,
            error: failure?.message,
            report: report
        )
        catalog = history
        catalogError = catalogFailure?.message
    }

    func lines(time: TimeText, width: Int?) -> [String] {
        var lines = headLines(time)
        if let report = broker.report {
            let queues = report.broker.queues.sorted { $0.name < $1.name }
            lines += [""] + QueueTable.lines(queues, width: width)
        }
        if let catalog {
            lines += [""] + KeyTable.lines(catalog.keys, time: time, width: width)
        }
        return lines
    }

    private func headLines(_ time: TimeText) -> [String] {
        var lines: [String] = []
        let address = Diagnostics.printable(broker.address ?? "")
        if let report = broker.report {
            lines.append(
                "broker    \(address): up \(TimeText.age(report.uptimeSeconds)), version \(report.version), "
                    + "\(report.connections) \(report.connections == 1 ? "connection" : "connections")"
            )
            lines.append(Self.counters(report.broker.counters))
            lines.append(Self.journal(report.journal))
        } else if broker.address == nil {
            lines.append("broker    not asked")
        } else {
            lines.append("broker    \(address): \(broker.isReachable ? "no permission" : "not reachable")")
        }
        guard let catalog else { return lines + awayLines }
        lines.append("catalog   \(Diagnostics.printable(catalog.place)): \(lag(catalog, time))")
        lines.append("database  \(catalog.database.summary)")
        lines.append(Self.messages(catalog.totals, time))
        return lines
    }

    /// Without a catalog to read, the broker says what it knows about it.
    private var awayLines: [String] {
        guard catalogError != nil else { return ["catalog   none here; name it with --catalog"] }
        guard let projection = broker.report?.projection else { return ["catalog   cannot be read"] }
        return ["catalog   cannot be read; \(Self.lag(projection))"]
    }

    private static func counters(_ counters: BrokerCore.Counters) -> String {
        "totals    since its start \(counters.published) published, \(counters.delivered) delivered "
            + "(\(counters.redelivered) again), \(counters.acknowledged) acknowledged, "
            + "\(counters.deadLettered) dead-lettered, \(counters.refused) refused"
    }

    private static func journal(_ journal: BrokerReport.Journal) -> String {
        let segments = "\(journal.segments) \(journal.segments == 1 ? "segment" : "segments")"
        let warning = journal.isLowOnSpace ? "; LOW ON DISK SPACE, nothing is accepted" : ""
        return "journal   \(segments), \(SizeText.text(journal.bytes)), durable to \(journal.durablePosition)\(warning)"
    }

    private func lag(_ catalog: History, _ time: TimeText) -> String {
        if let projection = broker.report?.projection { return Self.lag(projection) }
        guard let projection = catalog.projection else { return "no broker has written to it yet" }
        return "at journal position \(projection.position) since \(time.text(projection.updatedTime))"
    }

    private static func lag(_ projection: BrokerReport.Projection) -> String {
        let lag = projection.lagBytes == 0 ? "up to date" : "\(SizeText.text(projection.lagBytes)) behind the journal"
        return (projection.isAway ? "AWAY FROM THE BROKER, " : "") + lag
            + (projection.holdsBackPublishers ? "; PUBLISHERS WAIT FOR IT" : "")
    }

    private static func messages(_ totals: CatalogTotals, _ time: TimeText) -> String {
        let oldest = totals.oldestOpenTime.map { ", oldest open \(time.text($0))" } ?? ""
        return
            "messages  \(totals.isEstimate ? "about " : "")\(totals.messages): \(totals.waiting) waiting, \(totals.delivered) delivered, "
            + "\(totals.acknowledged) acknowledged, \(totals.dead) dead, \(totals.purged) purged\(oldest)"
    }
}
