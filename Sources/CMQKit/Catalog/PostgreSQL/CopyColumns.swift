internal import CMQPostgreSQL

/// Rows of `cmq_copies` as columns.
struct CopyColumns {
    /// Leaves rows that are there as they are.
    static let insert: SQL = "\(rows) ON CONFLICT DO NOTHING"

    static let upsert: SQL = """
        \(rows)
        ON CONFLICT (message_id, queue_name) DO UPDATE SET
            dead_letter_queue = excluded.dead_letter_queue, consumer_client_id = excluded.consumer_client_id,
            delivered_time = COALESCE(copy.delivered_time, excluded.delivered_time),
            acknowledged_time = COALESCE(copy.acknowledged_time, excluded.acknowledged_time),
            removed_time = COALESCE(excluded.removed_time, copy.removed_time),
            state = excluded.state, reason = excluded.reason, deliveries = excluded.deliveries
        """

    private static let rows: SQL = """
        INSERT INTO cmq_copies AS copy (message_id, queue_name, dead_letter_queue, consumer_client_id, delivered_time,
            acknowledged_time, removed_time, state, reason, deliveries)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::text[], $9::text[], $10::bigint[])
        """

    private var texts = (0..<9).map { _ in PostgreSQLArray.texts() }
    private var deliveries = PostgreSQLArray.integers()

    var isEmpty: Bool { deliveries.count == 0 }

    /// Adds the copies of a message with several that differ from what is stored.
    mutating func append(changedIn record: MessageRecord) {
        guard record.copies.count > 1 else { return }
        for copy in record.copies where copy.isChanged {
            texts[0].append(record.messageID)
            texts[1].append(copy.queue)
            texts[2].append(copy.deadLetterQueue)
            texts[3].append(copy.consumer)
            for (index, time) in [copy.deliveredTime, copy.acknowledgedTime, copy.removedTime].enumerated() {
                texts[4 + index].append(StoredValues.text(time))
            }
            texts[7].append(copy.state.rawValue)
            texts[8].append(copy.reason)
            deliveries.append(Int64(copy.deliveries))
        }
    }

    var values: [PostgreSQLValue] { texts.map { .array($0) } + [.array(deliveries)] }
}
