import CMQBrokerCore
import CMQCommand
import Foundation

/// What the screen shows: the last report, and rates against the one before.
struct TopView {
    private let address: String
    private var report: BrokerReport?
    private var time: ContinuousClock.Instant?
    private var rates: [(name: String, perSecond: Double)] = []
    private var failure: String?

    init(address: String) {
        self.address = address
    }

    mutating func update(_ report: BrokerReport, at time: ContinuousClock.Instant) {
        rates = []
        // After a restart the counters begin again, and there is nothing to compare with.
        if let before = self.report, let then = self.time, report.uptimeSeconds >= before.uptimeSeconds {
            let seconds = max((time - then) / .seconds(1), 0.001)
            rates = Self.counters(report).map { name, path in
                let (now, old) = (report.broker.counters[keyPath: path], before.broker.counters[keyPath: path])
                return (name, Double(now &- min(old, now)) / seconds)
            }
        }
        self.report = report
        self.time = time
        failure = nil
    }

    mutating func failed(_ message: String) {
        failure = message
    }

    func lines(size: TerminalSize) -> [String] {
        guard let report else { return [] }
        var lines = [
            "cmq-admin top   \(address)   up \(TimeText.age(report.uptimeSeconds))   \(report.connections) connections   "
                + "q quits",
            failure.map { "NOT REACHABLE: \($0)" } ?? rateLine,
            journalLine(report),
            "",
        ]
        let busiest = report.broker.queues.sorted {
            ($0.ready + $0.unacknowledged, $1.name) > ($1.ready + $1.unacknowledged, $0.name)
        }
        lines += QueueTable.lines(busiest, width: size.columns)
        if lines.count > size.lines, let total = lines.last {
            lines = lines.prefix(max(0, size.lines - 1)) + [total]
        }
        return lines.map { String(Diagnostics.printable($0).prefix(size.columns)) }
    }

    private var rateLine: String {
        guard !rates.isEmpty else { return "measuring" }
        return rates.map { "\($0.name) \(String(format: "%.0f", $0.perSecond))/s" }.joined(separator: "   ")
    }

    private func journalLine(_ report: BrokerReport) -> String {
        let warning = report.journal.isLowOnSpace ? "   LOW ON DISK SPACE" : ""
        return
            "journal \(SizeText.text(report.journal.bytes))   catalog \(SizeText.text(report.projection.lagBytes)) behind"
            + warning
    }

    private static func counters(
        _ report: BrokerReport
    ) -> [(name: String, path: KeyPath<BrokerCore.Counters, UInt64>)] {
        [
            ("published", \.published), ("delivered", \.delivered), ("acknowledged", \.acknowledged),
            ("redelivered", \.redelivered), ("dead", \.deadLettered), ("refused", \.refused),
        ]
    }
}
