internal import CMQPostgreSQL

/// A table of the catalog.
package struct DatabaseTable: Sendable, Equatable, Codable {
    package var name: String
    /// The planner's estimate; `nil` before the table was looked at for the first time.
    package var rows: Int?
    package var tableBytes: Int
    package var indexBytes: Int

    private enum CodingKeys: String, CodingKey {
        case name
        case rows
        case tableBytes = "table_bytes"
        case indexBytes = "index_bytes"
    }

    static func all(on connection: PostgreSQLConnection) throws(PostgreSQLError) -> [DatabaseTable] {
        let result = try connection.execute(
            """
            SELECT relname::text, reltuples::bigint, pg_table_size(pg_class.oid), pg_indexes_size(pg_class.oid)
            FROM pg_class JOIN unnest($1::text[]) AS known (name) ON pg_class.oid = to_regclass(known.name)
            ORDER BY relname
            """,
            [.array(.texts(PostgreSQLSchema.tableNames))]
        )
        return result.rows.map { row in
            DatabaseTable(
                name: row.text(0) ?? "",
                rows: row.integer(1).flatMap { $0 < 0 ? nil : $0 },
                tableBytes: row.integer(2) ?? 0,
                indexBytes: row.integer(3) ?? 0
            )
        }
    }
}
