internal import CMQBrokerCore
internal import CMQLogging
internal import CMQWire
internal import Logging

extension BrokerLoop {
    /// One line for each step of a message's way, at the level debug: at full speed there are too many for any disk.
    func log(_ entry: RecordBuffer.Entry) {
        guard logger.logLevel <= .debug || entry.kind == .deadLettered else { return }
        log(effects.encoded.record(entry))
    }

    private func log(_ record: BrokerRecord) {
        switch record {
        case .published(let record):
            for queue in record.queues {
                logger.debug(
                    "Published message \(record.id) to queue '\(core.queueName(queue))' via exchange '\(record.exchange)'",
                    metadata: Logger.Metadata([.client: "\(record.sender)"])
                )
            }
        case .delivered(let record, let attempt):
            logger.debug(
                "Message \(record.id) delivered",
                metadata: Logger.Metadata([
                    .client: "\(record.client)", .queue: "\(core.queueName(record.queue))", .count: "\(attempt)",
                ])
            )
        case .acknowledged(let record):
            logger.debug(
                "Message \(record.id) acknowledged by client, removed from queues and status",
                metadata: Logger.Metadata([.client: "\(record.client)"])
            )
        case .deadLettered(let record, let queue, let reason):
            let text = "moved to dead-letter queue '\(core.queueName(queue))'"
            let kind = LimitedLog.Kind(text: "Messages \(text)", field: .reason, value: reason.word)
            clientLog.log(kind, "Message \(record.id) \(text)")
        case .redriven, .purged, .failureCounted, .exchangeDeclared, .queueDeclared, .bound: break
        }
    }
}
