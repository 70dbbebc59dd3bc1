internal import CMQPostgreSQL

/// Deliveries and acknowledgements of messages with one copy, which most events are, as columns: they are applied
/// without reading the rows first.
struct DeliveryColumns {
    /// Returns the ids of the rows that it changed; those of other rows need a closer look.
    static let update: SQL = """
        UPDATE message_metadata AS message SET
            consumer_client_id = new.consumer_client_id, state = new.state,
            deliveries = GREATEST(message.deliveries, new.deliveries),
            delivered_time = COALESCE(message.delivered_time, new.delivered_time),
            acknowledged_time = COALESCE(message.acknowledged_time, new.acknowledged_time),
            delivered_at = COALESCE(message.delivered_at, new.delivered_at),
            acknowledged_at = COALESCE(message.acknowledged_at, new.acknowledged_at)
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[],
            $8::timestamptz[], $9::timestamptz[])
            AS new (message_id, consumer_client_id, state, delivered_time, acknowledged_time, sequence, deliveries,
                delivered_at, acknowledged_at)
        WHERE message.message_id = new.message_id AND message.sequence = new.sequence AND message.copies = 1
            AND message.state IN ('waiting', 'delivered')
        RETURNING message.message_id
        """

    private var texts: [PostgreSQLArray]
    private var integers: [PostgreSQLArray]
    private var times: [PostgreSQLArray]

    init(capacity: Int) {
        texts = (0..<5).map { _ in .texts(capacity: capacity) }
        integers = (0..<2).map { _ in .integers(capacity: capacity) }
        times = (0..<2).map { _ in .times(capacity: capacity) }
    }

    mutating func append(_ message: EventBatch.Message, _ copy: CopyRecord) {
        texts[0].append(message.messageID)
        texts[1].append(copy.consumer)
        texts[2].append(copy.state.rawValue)
        texts[3].append(StoredValues.text(copy.deliveredTime))
        texts[4].append(StoredValues.text(copy.acknowledgedTime))
        integers[0].append(Int64(bitPattern: message.sequence))
        integers[1].append(Int64(copy.deliveries))
        times[0].append(time: copy.deliveredTime)
        times[1].append(time: copy.acknowledgedTime)
    }

    var values: [PostgreSQLValue] { (texts + integers + times).map { .array($0) } }
}
