/// Adds messages up by sender and receiver, one at a time, for whichever engine reads them.
struct AuditTally {
    struct Message {
        var sender: String?
        var receiver: String?
        var state: MessageState
        var sentTime: CatalogTime?
        var deliveredTime: CatalogTime?
        var acknowledgedTime: CatalogTime?
    }

    private struct Pair: Hashable {
        var sender: String?
        var receiver: String?
    }

    private struct Figures {
        var row: AuditRow
        var delivery = LatencyHistogram()
        var acknowledgement = LatencyHistogram()
    }

    private let overdueBefore: CatalogTime?
    private var pairs: [Pair: Int] = [:]
    private var figures: [Figures] = []

    init(overdueBefore: CatalogTime?) {
        self.overdueBefore = overdueBefore
    }

    mutating func add(_ message: Message) {
        let index = index(of: Pair(sender: message.sender, receiver: message.receiver))
        figures[index].row.sent += 1
        if let delivered = message.deliveredTime {
            figures[index].row.delivered += 1
            if let sent = message.sentTime {
                figures[index].delivery.add(delivered.microseconds - sent.microseconds)
            }
        }
        switch message.state {
        case .acknowledged:
            figures[index].row.acknowledged += 1
            if let acknowledged = message.acknowledgedTime, let sent = message.sentTime {
                figures[index].acknowledgement.add(acknowledged.microseconds - sent.microseconds)
            }
        case .dead: figures[index].row.dead += 1
        case .purged: figures[index].row.purged += 1
        case .waiting, .delivered: addMissing(sentTime: message.sentTime, to: &figures[index].row)
        }
    }

    /// Sorted by sender, then receiver; unknown ones first.
    var rows: [AuditRow] {
        figures
            .map { figures in
                var row = figures.row
                row.deliveryLatency = figures.delivery.summary
                row.acknowledgementLatency = figures.acknowledgement.summary
                return row
            }
            .sorted { ($0.clientID ?? "", $0.receiverClientID ?? "") < ($1.clientID ?? "", $1.receiverClientID ?? "") }
    }

    private func addMissing(sentTime: CatalogTime?, to row: inout AuditRow) {
        row.missing += 1
        guard let sentTime else { return }
        row.oldestMissingTime = min(row.oldestMissingTime ?? sentTime, sentTime)
        if let overdueBefore, sentTime < overdueBefore { row.overdue += 1 }
    }

    private mutating func index(of pair: Pair) -> Int {
        if let index = pairs[pair] { return index }
        pairs[pair] = figures.count
        figures.append(Figures(row: AuditRow(clientID: pair.sender, receiverClientID: pair.receiver)))
        return figures.count - 1
    }
}
