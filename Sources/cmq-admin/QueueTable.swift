import CMQBrokerCore

/// The queues with their live figures.
enum QueueTable {
    static func lines(_ queues: [BrokerStatistics.Queue], width: Int?) -> [String] {
        var table = TextTable([
            .text("QUEUE"), .number("READY"), .number("UNACKED"), .number("CONSUMERS"), .number("SIZE"),
            .number("OLDEST"),
        ])
        for queue in queues { table.add(cells(queue.name, [queue])) }
        table.setTotal(cells("total", queues))
        return table.lines(width: width)
    }

    private static func cells(_ name: String, _ queues: [BrokerStatistics.Queue]) -> [String] {
        [
            name,
            "\(queues.reduce(0) { $0 + $1.ready })",
            "\(queues.reduce(0) { $0 + $1.unacknowledged })",
            "\(queues.reduce(0) { $0 + $1.consumers })",
            SizeText.text(queues.reduce(0) { $0 + $1.bytes }),
            TimeText.age(queues.compactMap(\.oldestSeconds).max()),
        ]
    }
}
