internal import GRDB

/// Deletes what has been acknowledged long enough ago.
struct SQLiteRetention {
    let database: Database

    func prune(acknowledgedBefore time: CatalogTime, limit: Int) throws -> Int {
        // A message is acknowledged after it was sent, so the index on the sending time bounds the search,
        // and its order makes the oldest go first.
        let candidates = try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT rowid, message_id, copies, acknowledged_time FROM message_metadata
                    WHERE sent_time < :time AND acknowledged_time < :time
                        AND \(MessageStatements.resolvedState) = 'acknowledged'
                    ORDER BY sent_time LIMIT :limit
                    """
            ),
            arguments: ["time": time.description, "limit": max(limit, 0)]
        )
        let deleteMessage = try database.cachedStatement(sql: "DELETE FROM message_metadata WHERE rowid = ?")
        let deleteCopies = try database.cachedStatement(sql: "DELETE FROM cmq_copies WHERE message_id = ?")
        var pruned = 0
        for candidate in candidates {
            // Texts of earlier versions may have another offset, and then do not sort by time.
            guard let acknowledged = StoredValues.time(candidate[3]), acknowledged < time else { continue }
            try deleteMessage.execute(arguments: [candidate[0] as Int64])
            if (candidate[2] as Int? ?? 1) > 1 {
                try deleteCopies.execute(arguments: [candidate[1] as String])
            }
            pruned += 1
        }
        return pruned
    }
}
