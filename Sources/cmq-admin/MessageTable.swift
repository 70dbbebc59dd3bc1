import CMQCatalog

/// Messages as a table for people, and as fields of CSV.
enum MessageTable {
    static func lines(_ messages: [MessageRow], time: TimeText, width: Int?) -> [String] {
        var table = TextTable([
            .text("SENT"), .text("MESSAGE"), .text("FROM"), .text("TO"), .text("QUEUE"), .text("STATE"),
            .number("TRIES"), .number("DELIVERED"), .number("ACKED"),
        ])
        for message in messages {
            table.add([
                time.text(message.sentTime), message.messageID, message.clientID ?? "-",
                message.receiverClientID ?? message.consumerClientID ?? "-", queue(of: message),
                message.state.rawValue + (message.reason.map { " (\($0))" } ?? ""), "\(message.deliveries)",
                since(message, message.deliveredTime), since(message, message.acknowledgedTime),
            ])
        }
        let count = "\(messages.count) \(messages.count == 1 ? "message" : "messages")"
        table.setTotal([count] + Array(repeating: "", count: 8))
        return table.lines(width: width)
    }

    static let csvHeader = [
        "message_id", "client_id", "receiver_client_id", "consumer_client_id", "exchange_name", "routing_key",
        "queue_name", "dead_letter_queue", "copies", "state", "reason", "deliveries", "size_bytes", "sent_time",
        "delivered_time", "acknowledged_time", "removed_time",
    ]

    static func csvFields(_ row: MessageRow) -> [String?] {
        [
            row.messageID, row.clientID, row.receiverClientID, row.consumerClientID, row.exchangeName, row.routingKey,
            row.queueName, row.deadLetterQueue, "\(row.copies)", row.state.rawValue, row.reason, "\(row.deliveries)",
            row.sizeBytes.map { "\($0)" }, row.sentTime?.description, row.deliveredTime?.description,
            row.acknowledgedTime?.description, row.removedTime?.description,
        ]
    }

    private static func queue(of message: MessageRow) -> String {
        message.deadLetterQueue ?? message.queueName ?? "\(message.copies) queues"
    }

    /// How long after it was sent.
    private static func since(_ message: MessageRow, _ time: CatalogTime?) -> String {
        guard let time, let sent = message.sentTime else { return "-" }
        return TimeText.latency(time.microseconds - sent.microseconds)
    }
}
