internal import CMQPostgreSQL

/// What changes in a row of `message_metadata` after the message was sent, as columns.
struct ProgressColumns {
    /// Never replaces a time by another one or by nothing, but the time of removal.
    static let update: SQL = """
        UPDATE message_metadata AS message SET
            consumer_client_id = new.consumer_client_id, dead_letter_queue = new.dead_letter_queue,
            state = new.state, reason = new.reason, deliveries = new.deliveries,
            delivered_time = COALESCE(message.delivered_time, new.delivered_time),
            acknowledged_time = COALESCE(message.acknowledged_time, new.acknowledged_time),
            removed_time = COALESCE(new.removed_time, message.removed_time),
            delivered_at = COALESCE(message.delivered_at, new.delivered_at),
            acknowledged_at = COALESCE(message.acknowledged_at, new.acknowledged_at),
            removed_at = COALESCE(new.removed_at, message.removed_at)
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::bigint[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[])
            AS new (message_id, consumer_client_id, dead_letter_queue, state, reason, delivered_time,
                acknowledged_time, removed_time, deliveries, delivered_at, acknowledged_at, removed_at)
        WHERE message.message_id = new.message_id
        """

    private var texts: [PostgreSQLArray]
    private var deliveries: PostgreSQLArray
    private var times: [PostgreSQLArray]

    init(capacity: Int) {
        texts = (0..<8).map { _ in .texts(capacity: capacity) }
        deliveries = .integers(capacity: capacity)
        times = (0..<3).map { _ in .times(capacity: capacity) }
    }

    var isEmpty: Bool { deliveries.count == 0 }

    mutating func append(_ record: MessageRecord) {
        let copy = record.onlyCopy
        texts[0].append(record.messageID)
        texts[1].append(copy?.consumer)
        texts[2].append(copy?.deadLetterQueue)
        texts[3].append(record.state.rawValue)
        texts[4].append(record.reason)
        for (index, moment) in [record.deliveredTime, record.acknowledgedTime, record.removedTime].enumerated() {
            texts[5 + index].append(StoredValues.text(moment))
            times[index].append(time: moment)
        }
        deliveries.append(Int64(record.deliveries))
    }

    var values: [PostgreSQLValue] {
        texts.map { .array($0) } + [.array(deliveries)] + times.map { .array($0) }
    }
}
