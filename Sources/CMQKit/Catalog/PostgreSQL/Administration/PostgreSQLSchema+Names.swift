/// What the schema consists of, for those who look it over.
extension PostgreSQLSchema {
    static let columns: [(table: String, columns: [String])] = [
        (
            "message_metadata",
            [
                "message_id", "client_id", "exchange_name", "routing_key", "sent_time", "delivered_time",
                "acknowledged_time", "receiver_client_id", "consumer_client_id", "queue_name", "dead_letter_queue",
                "copies", "state", "reason", "deliveries", "size_bytes", "removed_time", "sequence", "sent_at",
                "delivered_at", "acknowledged_at", "removed_at",
            ]
        ),
        ("public_keys", ["client_id", "public_key_ciphertext", "nonce", "tag", "algorithm"]),
        (
            "cmq_copies",
            [
                "message_id", "queue_name", "dead_letter_queue", "consumer_client_id", "delivered_time",
                "acknowledged_time", "removed_time", "state", "reason", "deliveries",
            ]
        ),
        ("cmq_key_history", ["id", "client_id", "fingerprint", "registered_time", "registered_by"]),
        ("cmq_exchanges", ["exchange_name", "kind", "declared_time"]),
        ("cmq_queues", ["queue_name", "declared_time"]),
        ("cmq_bindings", ["queue_name", "exchange_name", "routing_key", "bound_time"]),
        ("cmq_projection", ["id", "journal_id", "position", "updated_time"]),
        ("cmq_schema", ["version", "applied_at"]),
    ]

    static var tableNames: [String] { columns.map(\.table) }

    static let indexNames = ["cmq_message_sent", "cmq_message_open", "cmq_message_foreign", "cmq_key_history_client"]
}
