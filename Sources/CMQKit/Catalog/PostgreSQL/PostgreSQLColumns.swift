internal import CMQPostgreSQL

/// Lists of columns that several statements share.
enum PostgreSQLColumns {
    /// Rows of earlier versions say by their times only where they stand.
    static let resolvedState: SQL = """
        COALESCE(state, CASE WHEN acknowledged_time IS NOT NULL THEN 'acknowledged'
            WHEN delivered_time IS NOT NULL THEN 'delivered' ELSE 'waiting' END)
        """

    static let copies: SQL = """
        queue_name, dead_letter_queue, consumer_client_id, delivered_time, acknowledged_time, removed_time,
        state, reason, deliveries
        """

    static let sealedKey: SQL = "public_key_ciphertext, nonce, tag, algorithm"
}
