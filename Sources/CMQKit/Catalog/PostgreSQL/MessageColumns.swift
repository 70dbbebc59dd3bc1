internal import CMQPostgreSQL

/// Rows of `message_metadata` as columns, each an array parameter.
struct MessageColumns {
    private static let names: SQL = """
        message_id, client_id, exchange_name, routing_key, receiver_client_id, consumer_client_id, queue_name,
        dead_letter_queue, state, reason, sent_time, delivered_time, acknowledged_time, removed_time,
        copies, deliveries, size_bytes, sequence, sent_at, delivered_at, acknowledged_at, removed_at
        """

    private static let arrays = SQL.joined(
        (1...22).map { number in
            switch number {
            case 1...14: "$\(number)::text[]"
            case 15...18: "$\(number)::bigint[]"
            default: "$\(number)::timestamptz[]"
            }
        },
        by: ", "
    )

    /// Inserts the rows whose id is free and returns their ids.
    static let insert: SQL = """
        INSERT INTO message_metadata (\(names)) SELECT * FROM unnest(\(arrays))
        ON CONFLICT (message_id) DO NOTHING RETURNING message_id
        """

    /// Inserts rows of which no id is there; the server does this in less than half the time.
    static let copy: SQL = "COPY message_metadata (\(names)) FROM STDIN (FORMAT binary)"

    /// Writes rows that are there. Never replaces a time by another one or by nothing, but the time of removal.
    static let update: SQL = """
        UPDATE message_metadata AS message SET
            client_id = new.client_id, exchange_name = new.exchange_name, routing_key = new.routing_key,
            receiver_client_id = new.receiver_client_id, consumer_client_id = new.consumer_client_id,
            queue_name = new.queue_name, dead_letter_queue = new.dead_letter_queue, state = new.state,
            reason = new.reason, copies = new.copies, deliveries = new.deliveries, size_bytes = new.size_bytes,
            sequence = new.sequence,
            sent_time = COALESCE(message.sent_time, new.sent_time),
            delivered_time = COALESCE(message.delivered_time, new.delivered_time),
            acknowledged_time = COALESCE(message.acknowledged_time, new.acknowledged_time),
            removed_time = COALESCE(new.removed_time, message.removed_time),
            sent_at = COALESCE(message.sent_at, new.sent_at),
            delivered_at = COALESCE(message.delivered_at, new.delivered_at),
            acknowledged_at = COALESCE(message.acknowledged_at, new.acknowledged_at),
            removed_at = COALESCE(new.removed_at, message.removed_at)
        FROM unnest(\(arrays)) AS new (\(names))
        WHERE message.message_id = new.message_id
        """

    private var texts: [PostgreSQLArray]
    private var integers: [PostgreSQLArray]
    private var times: [PostgreSQLArray]
    private(set) var count = 0

    init(capacity: Int) {
        texts = (0..<14).map { _ in .texts(capacity: capacity) }
        integers = (0..<4).map { _ in .integers(capacity: capacity) }
        times = (0..<4).map { _ in .times(capacity: capacity) }
    }

    mutating func append(_ record: MessageRecord) {
        let copy = record.onlyCopy
        let moments = [record.sentTime, record.deliveredTime, record.acknowledgedTime, record.removedTime]
        texts[0].append(record.messageID)
        texts[1].append(record.sender)
        texts[2].append(record.exchange)
        texts[3].append(record.routingKey)
        texts[4].append(record.receiver)
        texts[5].append(copy?.consumer)
        texts[6].append(copy?.queue)
        texts[7].append(copy?.deadLetterQueue)
        texts[8].append(record.state.rawValue)
        texts[9].append(record.reason)
        for (index, moment) in moments.enumerated() {
            texts[10 + index].append(moment.map { CatalogTime(microseconds: $0).description })
            times[index].append(time: moment)
        }
        integers[0].append(Int64(record.copies.count))
        integers[1].append(Int64(record.deliveries))
        integers[2].append(record.sizeBytes.map { Int64($0) })
        integers[3].append(record.sequence.map { Int64(bitPattern: $0) })
        count += 1
    }

    /// Writes a record as a row of ``copy``.
    static func write(_ record: MessageRecord, to rows: inout PostgreSQLCopy) throws(PostgreSQLError) {
        let copy = record.onlyCopy
        let (delivered, acknowledged, removed) = (record.deliveredTime, record.acknowledgedTime, record.removedTime)
        func text(_ time: Int64?) -> String? { time.map { CatalogTime(microseconds: $0).description } }
        try rows.beginRow(fields: 22)
        rows.append(record.messageID)
        rows.append(record.sender)
        rows.append(record.exchange)
        rows.append(record.routingKey)
        rows.append(record.receiver)
        rows.append(copy?.consumer)
        rows.append(copy?.queue)
        rows.append(copy?.deadLetterQueue)
        rows.append(record.state.rawValue)
        rows.append(record.reason)
        rows.append(text(record.sentTime))
        rows.append(text(delivered))
        rows.append(text(acknowledged))
        rows.append(text(removed))
        rows.append(integer: Int64(record.copies.count))
        rows.append(integer: Int64(record.deliveries))
        rows.append(integer: record.sizeBytes.map { Int64($0) })
        rows.append(integer: record.sequence.map { Int64(bitPattern: $0) })
        rows.append(time: record.sentTime)
        rows.append(time: delivered)
        rows.append(time: acknowledged)
        rows.append(time: removed)
    }

    var values: [PostgreSQLValue] { (texts + integers + times).map { .array($0) } }
}
