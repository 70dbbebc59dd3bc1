/// The statements of the hot path. None of them ever replaces a time by another one or by nothing.
enum MessageStatements {
    static let insert = """
        INSERT INTO message_metadata (message_id, client_id, exchange_name, routing_key,
            sent_time, delivered_time, acknowledged_time, receiver_client_id, consumer_client_id, queue_name,
            dead_letter_queue, copies, state, reason, deliveries, size_bytes, removed_time, sequence)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO NOTHING
        """

    static let select = """
        SELECT rowid, sequence, client_id, exchange_name, routing_key, receiver_client_id, size_bytes, sent_time,
            copies, queue_name, dead_letter_queue, consumer_client_id, delivered_time, acknowledged_time,
            removed_time, \(resolvedState), reason, deliveries
        FROM message_metadata WHERE message_id = ?
        """

    /// For a message with one copy that is neither acknowledged nor given up; other rows need a closer look.
    static let applyDelivery = """
        UPDATE message_metadata SET consumer_client_id = ?, state = ?, deliveries = MAX(COALESCE(deliveries, 0), ?),
            delivered_time = COALESCE(delivered_time, ?), acknowledged_time = COALESCE(acknowledged_time, ?)
        WHERE message_id = ? AND sequence = ? AND copies = 1 AND state IN ('waiting', 'delivered')
        """

    /// Leaves out what only `sent` sets: SQLite updates each index on a column that is named here.
    static let updateProgress = """
        UPDATE message_metadata SET \(progress) WHERE rowid = ?
        """

    static let updateMessage = """
        UPDATE message_metadata SET \(progress),
            client_id = ?, exchange_name = ?, routing_key = ?, sent_time = COALESCE(sent_time, ?),
            receiver_client_id = ?, queue_name = ?, copies = ?, size_bytes = ?, sequence = ?
        WHERE rowid = ?
        """

    /// Rows of earlier versions say by their times only where they stand.
    static let resolvedState = """
        COALESCE(state, CASE WHEN acknowledged_time IS NOT NULL THEN 'acknowledged'
            WHEN delivered_time IS NOT NULL THEN 'delivered' ELSE 'waiting' END)
        """

    private static let progress = """
        delivered_time = COALESCE(delivered_time, ?), acknowledged_time = COALESCE(acknowledged_time, ?),
            consumer_client_id = ?, dead_letter_queue = ?, state = ?, reason = ?, deliveries = ?,
            removed_time = COALESCE(?, removed_time)
        """
}

enum CopyStatements {
    static let select = """
        SELECT queue_name, dead_letter_queue, consumer_client_id, delivered_time, acknowledged_time, removed_time,
            state, reason, deliveries
        FROM cmq_copies WHERE message_id = ? ORDER BY queue_name
        """

    static let upsert = """
        INSERT INTO cmq_copies (message_id, queue_name, dead_letter_queue, consumer_client_id, delivered_time,
            acknowledged_time, removed_time, state, reason, deliveries)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (message_id, queue_name) DO UPDATE SET
            dead_letter_queue = excluded.dead_letter_queue, consumer_client_id = excluded.consumer_client_id,
            delivered_time = COALESCE(delivered_time, excluded.delivered_time),
            acknowledged_time = COALESCE(acknowledged_time, excluded.acknowledged_time),
            removed_time = COALESCE(excluded.removed_time, removed_time),
            state = excluded.state, reason = excluded.reason, deliveries = excluded.deliveries
        """
}
