import CMQCatalog

/// 2026-01-02T03:04:05.123456Z.
let noon: Int64 = 1_767_323_045_123_456

extension CatalogEvent {
    static func sent(
        _ sequence: UInt64,
        _ messageID: String,
        by sender: String = "FL-LAB",
        to receiver: String? = "CA-RC",
        queues: [String] = ["results"],
        at time: Int64 = noon
    ) -> CatalogEvent {
        .sent(
            MessageSent(
                sequence: sequence,
                messageID: messageID,
                sender: sender,
                exchange: "labs",
                routingKey: "results.ca",
                receiver: receiver,
                queues: queues,
                sizeBytes: 600,
                time: time
            )
        )
    }
}

/// The copy of a message in a queue.
func copy(_ sequence: UInt64, _ messageID: String, in queue: String = "results") -> CopyReference {
    CopyReference(sequence: sequence, messageID: messageID, queue: queue)
}
