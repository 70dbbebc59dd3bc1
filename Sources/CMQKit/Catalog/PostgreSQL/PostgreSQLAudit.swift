internal import CMQPostgreSQL

/// Adds messages up in one pass over the table.
struct PostgreSQLAudit {
    /// Tables that are larger are not counted for a glance at the totals.
    private static let countedRows = 5_000_000

    let connection: PostgreSQLConnection

    func rows(_ query: AuditQuery) throws(PostgreSQLError) -> [AuditRow] {
        var conditions = PostgreSQLConditions()
        if let since = query.since { conditions.add("sent_at >= ", .time(since.microseconds)) }
        if let until = query.until { conditions.add("sent_at < ", .time(until.microseconds)) }
        if let client = query.client {
            let place = conditions.bind(.text(client))
            conditions.add("(client_id = \(place) OR COALESCE(receiver_client_id, consumer_client_id) = \(place))")
        }
        var tally = AuditTally(overdueBefore: query.overdueBefore)
        // One snapshot: figures of a moment, not of the time the pass takes. The texts are read where they are not
        // adopted yet.
        try connection.forEachRow(
            """
            SELECT client_id, COALESCE(receiver_client_id, consumer_client_id), \(PostgreSQLColumns.resolvedState),
                sent_at, delivered_at, acknowledged_at
            FROM message_metadata WHERE \(conditions.text)
            """,
            conditions.values
        ) { row in
            tally.add(
                AuditTally.Message(
                    sender: row.text(0),
                    receiver: row.text(1),
                    state: StoredValues.state(row.text(2)),
                    sentTime: row.time(3).map { CatalogTime(microseconds: $0) },
                    deliveredTime: row.time(4).map { CatalogTime(microseconds: $0) },
                    acknowledgedTime: row.time(5).map { CatalogTime(microseconds: $0) }
                )
            )
        }
        return tally.rows
    }

    func totals() throws(PostgreSQLError) -> CatalogTotals {
        var totals = CatalogTotals()
        totals.keys = try connection.execute("SELECT count(*) FROM public_keys").first?.integer(0) ?? 0
        let estimate = try connection.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('message_metadata')"
        )
        totals.messages = estimate.first?.integer(0) ?? 0
        totals.isEstimate = totals.messages >= Self.countedRows
        if !totals.isEstimate {
            totals.messages = try connection.execute("SELECT count(*) FROM message_metadata").first?.integer(0) ?? 0
        }
        // Through the partial index; what is not in it is acknowledged.
        let open = try connection.execute(
            """
            SELECT \(PostgreSQLColumns.resolvedState) AS resolved, count(*), min(sent_at)
            FROM message_metadata WHERE state IS DISTINCT FROM 'acknowledged' GROUP BY resolved
            """,
            timeout: .seconds(3_600)
        )
        totals.acknowledged = totals.messages
        for row in open.rows {
            let state = StoredValues.state(row.text(0))
            let count = row.integer(1) ?? 0
            totals.acknowledged -= count
            totals.add(count, in: state)
            if state == .waiting || state == .delivered, let time = row.time(2) {
                let oldest = CatalogTime(microseconds: time)
                totals.oldestOpenTime = min(totals.oldestOpenTime ?? oldest, oldest)
            }
        }
        return totals
    }
}
