internal import CMQPostgreSQL

/// Deletes what has been acknowledged long enough ago.
struct PostgreSQLRetention {
    /// What one step did.
    struct Step {
        var pruned: Int
        /// Where the next step may begin; `nil` when this was the last one.
        var reached: Int64?
    }

    let connection: PostgreSQLConnection

    /// - Parameter start: Microseconds since 1970. What was sent earlier has been looked at, so that a step does not
    ///   walk again over what stays.
    func prune(acknowledgedBefore time: CatalogTime, limit: Int, from start: Int64?) throws(PostgreSQLError) -> Step {
        // A message is acknowledged after it was sent, so the index on the sending time bounds the search,
        // and its order makes the oldest go first.
        let result = try connection.executePrepared(
            """
            WITH pruned AS (
                DELETE FROM message_metadata WHERE message_id IN (
                    SELECT message_id FROM message_metadata
                    WHERE sent_at < $1 AND sent_at >= $3 AND acknowledged_at < $1 AND state = 'acknowledged'
                    ORDER BY sent_at LIMIT $2)
                RETURNING message_id, copies, sent_at
            ), pruned_copies AS (
                DELETE FROM cmq_copies WHERE message_id IN (SELECT message_id FROM pruned WHERE copies > 1)
            )
            SELECT count(*), max(sent_at) FROM pruned
            """,
            [.time(time.microseconds), .integer(Int64(max(limit, 0))), .time(start ?? .min)]
        )
        let pruned = result.first?.integer(0) ?? 0
        return Step(pruned: pruned, reached: pruned < limit ? nil : result.first?.time(1))
    }
}
