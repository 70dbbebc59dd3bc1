internal import CMQPostgreSQL

/// Deletes what has been acknowledged long enough ago.
struct PostgreSQLRetention {
    let connection: PostgreSQLConnection

    func prune(acknowledgedBefore time: CatalogTime, limit: Int) throws(PostgreSQLError) -> Int {
        // A message is acknowledged after it was sent, so the index on the sending time bounds the search,
        // and its order makes the oldest go first.
        let result = try connection.executePrepared(
            """
            WITH pruned AS (
                DELETE FROM message_metadata WHERE message_id IN (
                    SELECT message_id FROM message_metadata
                    WHERE sent_at < $1 AND acknowledged_at < $1 AND state = 'acknowledged'
                    ORDER BY sent_at LIMIT $2)
                RETURNING message_id, copies
            ), pruned_copies AS (
                DELETE FROM cmq_copies WHERE message_id IN (SELECT message_id FROM pruned WHERE copies > 1)
            )
            SELECT count(*) FROM pruned
            """,
            [.time(time.microseconds), .integer(Int64(max(limit, 0)))]
        )
        return result.first?.integer(0) ?? 0
    }
}
