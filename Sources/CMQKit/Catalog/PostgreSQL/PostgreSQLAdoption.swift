internal import CMQPostgreSQL

/// Gives rows that an earlier version wrote, before or since the migration, what it did not write: where they
/// stand, and their times as points in time.
enum PostgreSQLAdoption {
    private static let pageRows = 5_000

    /// Says how many rows there were. Each page is a transaction of its own.
    @discardableResult
    static func run(_ connection: PostgreSQLConnection) throws(PostgreSQLError) -> Int {
        var adopted = 0
        var last = ""
        while true {
            let page = try adoptPage(connection, after: last)
            adopted += page.count
            guard page.count == pageRows, let reached = page.last else { return adopted }
            last = reached
        }
    }

    /// - Parameter last: Where the page before ended: the index still has its rows for a while.
    private static func adoptPage(
        _ connection: PostgreSQLConnection,
        after last: String
    ) throws(PostgreSQLError) -> (count: Int, last: String?) {
        try connection.transaction { () throws(PostgreSQLError) in
            let page = try connection.execute(
                """
                SELECT message_id, sent_time, delivered_time, acknowledged_time FROM message_metadata
                WHERE state IS NULL AND message_id >= $1 ORDER BY message_id LIMIT \(pageRows) FOR UPDATE
                """,
                [.text(last)]
            )
            guard page.count > 0 else { return (0, nil) }
            var reached: String?
            var identities = PostgreSQLArray.texts(capacity: page.count)
            var states = PostgreSQLArray.texts(capacity: page.count)
            var times = (0..<3).map { _ in PostgreSQLArray.times(capacity: page.count) }
            for row in page.rows {
                reached = row.text(0)
                identities.append(reached)
                let state: MessageState =
                    row.text(3) != nil ? .acknowledged : row.text(2) != nil ? .delivered : .waiting
                states.append(state.rawValue)
                for column in 0..<3 {
                    times[column].append(time: StoredValues.time(row.text(column + 1))?.microseconds)
                }
            }
            _ = try connection.execute(
                """
                UPDATE message_metadata AS message
                SET state = foreign_row.state, sent_at = foreign_row.sent_at, delivered_at = foreign_row.delivered_at,
                    acknowledged_at = foreign_row.acknowledged_at
                FROM unnest($1, $2, $3, $4, $5)
                    AS foreign_row (message_id, state, sent_at, delivered_at, acknowledged_at)
                WHERE message.message_id = foreign_row.message_id
                """,
                [.array(identities), .array(states)] + times.map { .array($0) }
            )
            return (page.count, reached)
        }
    }
}
