internal import CMQBrokerCore
internal import CMQCatalog
internal import CMQJournal
internal import CMQWire

/// Turns journal records into what the catalog is told. Records name queues by number; the names
/// come from the broker's state at the start, and from the declarations that are read on the way.
struct RecordTranslator {
    private var queueNames: [String]

    init(queueNames: [String]) {
        self.queueNames = queueNames
    }

    /// - Throws: ``RecordError`` for a record that this version does not know.
    mutating func translate(_ record: JournalRecord) throws(RecordError) -> CatalogEvent? {
        switch try BrokerRecord.decode(kind: record.kind, payload: record.payload).record {
        case .published(let record): return .sent(sent(record))
        case .delivered(let record, let attempt):
            return .delivered(copy(record), to: record.client, attempt: Int(attempt), time: record.time)
        case .acknowledged(let record):
            return .acknowledged(copy(record), by: record.client, time: record.time)
        case .deadLettered(let record, let queue, let reason):
            return .deadLettered(copy(record), reason: reason.word, deadLetterQueue: name(queue), time: record.time)
        case .redriven(let record, let queue):
            // The catalog knows the message by the queue that it was published to.
            let reference = CopyReference(
                sequence: record.sequence,
                messageID: record.id.description,
                queue: name(queue)
            )
            return .redriven(reference, time: record.time)
        case .purged(let record): return .removed(copy(record), time: record.time)
        case .failureCounted: return nil
        case .exchangeDeclared(let name, let kind, let time):
            return .exchangeDeclared(name: name, kind: kind.word, time: time)
        case .queueDeclared(let number, let name, let time):
            if number == queueNames.count { queueNames.append(name) }
            return .queueDeclared(name: name, time: time)
        case .bound(let queue, let exchange, let routingKey, let time):
            return .bound(queue: name(queue), exchange: exchange, routingKey: routingKey, time: time)
        }
    }

    private func sent(_ record: PublishedRecord) -> MessageSent {
        MessageSent(
            sequence: record.sequence,
            messageID: record.id.description,
            sender: record.sender,
            exchange: record.exchange,
            routingKey: record.routingKey,
            receiver: record.receiver,
            queues: record.queues.map(name),
            sizeBytes: Int(record.size),
            time: record.time
        )
    }

    private func copy(_ record: CopyRecord) -> CopyReference {
        CopyReference(sequence: record.sequence, messageID: record.id.description, queue: name(record.queue))
    }

    private func name(_ number: UInt32) -> String {
        number < queueNames.count ? queueNames[Int(number)] : "?"
    }
}
