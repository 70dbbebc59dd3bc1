internal import CMQPostgreSQL

/// What the server says about itself.
struct PostgreSQLServerState {
    let connection: PostgreSQLConnection

    func row() throws -> DatabaseRow {
        let result = try connection.execute(
            """
            SELECT current_setting('server_version'), pg_is_in_recovery(),
                (SELECT sum(pg_total_relation_size(to_regclass(name)))::bigint FROM unnest($1::text[]) AS name)
            """,
            [.array(.texts(PostgreSQLSchema.tableNames))]
        )
        let row = result.first
        let isStandby = row?.boolean(1) ?? false
        return DatabaseRow(
            engine: "postgresql",
            // Debian adds its own version in brackets.
            version: row?.text(0)?.split(separator: " ").first.map(String.init) ?? "",
            schemaVersion: try PostgreSQLSchema.version(of: connection),
            sizeBytes: row?.integer(2) ?? 0,
            isStandby: isStandby,
            replicas: isStandby ? [] : try replicas()
        )
    }

    private func replicas() throws(PostgreSQLError) -> [DatabaseRow.Replica] {
        let result = try connection.execute(
            """
            SELECT application_name, state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint
            FROM pg_stat_replication ORDER BY application_name
            """
        )
        return result.rows.map { row in
            DatabaseRow.Replica(name: row.text(0) ?? "", state: row.text(1), lagBytes: row.integer(2))
        }
    }
}
