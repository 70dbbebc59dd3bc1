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

    private var columns: [PostgreSQLArray]
    private var next = 0
    private(set) var count = 0

    init(capacity: Int) {
        columns = (0..<14).map { _ in .texts(capacity: capacity) }
        columns += (0..<4).map { _ in .integers(capacity: capacity) }
        columns += (0..<4).map { _ in .times(capacity: capacity) }
    }

    mutating func append(_ record: MessageRecord) {
        next = 0
        count += 1
        append(fieldsOf: record)
    }

    var values: [PostgreSQLValue] { columns.map { .array($0) } }
}

extension MessageColumns: MessageRowSink {
    mutating func append(_ text: String?) {
        columns[next].append(text)
        next += 1
    }

    mutating func append(integer: Int64?) {
        columns[next].append(integer)
        next += 1
    }

    mutating func append(time: Int64?) {
        columns[next].append(time: time)
        next += 1
    }
}
