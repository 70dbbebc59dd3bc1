internal import GRDB

/// Adds messages up in one pass over the table.
struct SQLiteAudit {
    let database: Database

    func rows(_ query: AuditQuery) throws -> [AuditRow] {
        var conditions = ["TRUE"]
        var arguments: [String: (any DatabaseValueConvertible)?] = [:]
        func add(_ condition: String, _ name: String, _ value: String?) {
            guard let value else { return }
            conditions.append(condition)
            arguments[name] = value
        }
        add("sent_time >= :since", "since", query.since?.description)
        add("sent_time < :until", "until", query.until?.description)
        add("(client_id = :client OR receiver = :client)", "client", query.client)
        // One snapshot: figures of a moment, not of the time the pass takes.
        let cursor = try Row.fetchCursor(
            database,
            sql: """
                SELECT client_id, COALESCE(receiver_client_id, consumer_client_id) AS receiver,
                    \(MessageStatements.resolvedState), sent_time, delivered_time, acknowledged_time
                FROM message_metadata WHERE \(conditions.joined(separator: " AND "))
                """,
            arguments: StatementArguments(arguments)
        )
        var tally = AuditTally(overdueBefore: query.overdueBefore)
        while let row = try cursor.next() {
            tally.add(
                AuditTally.Message(
                    sender: row[0],
                    receiver: row[1],
                    state: StoredValues.state(row[2]),
                    sentTime: StoredValues.time(row[3]),
                    deliveredTime: StoredValues.time(row[4]),
                    acknowledgedTime: StoredValues.time(row[5])
                )
            )
        }
        return tally.rows
    }

    func totals() throws -> CatalogTotals {
        var totals = CatalogTotals()
        totals.messages = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM message_metadata") ?? 0
        totals.keys = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM public_keys") ?? 0
        // Through the partial index; what is not in it is acknowledged.
        let open = try Row.fetchAll(
            database,
            sql: """
                SELECT \(MessageStatements.resolvedState) AS resolved, COUNT(*), MIN(sent_time)
                FROM message_metadata WHERE state IS NOT 'acknowledged' GROUP BY resolved
                """
        )
        totals.acknowledged = totals.messages
        for row in open {
            let state = StoredValues.state(row[0])
            let count: Int = row[1]
            totals.acknowledged -= count
            totals.add(count, in: state)
            if state == .waiting || state == .delivered, let time = StoredValues.time(row[2]) {
                totals.oldestOpenTime = min(totals.oldestOpenTime ?? time, time)
            }
        }
        return totals
    }
}
