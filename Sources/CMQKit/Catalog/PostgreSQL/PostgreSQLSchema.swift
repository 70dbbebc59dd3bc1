internal import CMQPostgreSQL

/// The tables, and how a database of an earlier version gets them. Nothing is ever dropped, and no column of
/// an earlier version is rewritten.
enum PostgreSQLSchema {
    /// The version that this program writes.
    static let version = 1

    /// Keeps two programs from migrating at once; any number that nobody else uses.
    private static let migrationLock: Int64 = 0x636d_7101
    /// Held by the broker that writes the projection.
    static let writerLock: Int64 = 0x636d_7102

    /// The version of a database; 0 where an earlier program made it, or where it is empty.
    static func version(of connection: PostgreSQLConnection) throws -> Int {
        // A look at pg_class itself, where to_regclass() may still remember that there was no such table.
        let table = try connection.execute(
            "SELECT 1 FROM pg_class WHERE relname = 'cmq_schema' AND pg_table_is_visible(oid)"
        )
        guard table.count > 0 else { return 0 }
        return try connection.execute("SELECT MAX(version) FROM cmq_schema").first?.integer(0) ?? 0
    }

    /// - Throws: ``CatalogError/Code/newerSchema``.
    static func refuseNewer(_ found: Int, of server: PostgreSQLParameters) throws(CatalogError) {
        guard found > version else { return }
        throw CatalogError(
            .newerSchema,
            "the catalog \(server) has schema version \(found), and this program knows \(version)",
            remedy: "use the version of cmq that wrote it, or a later one"
        )
    }

    /// Brings a database to ``version``, each version in a transaction of its own. Says where it began.
    @discardableResult
    static func migrate(_ connection: PostgreSQLConnection, server: PostgreSQLParameters) throws -> Int {
        let found = try version(of: connection)
        try refuseNewer(found, of: server)
        guard found < version else { return found }
        try checkEncoding(connection, server)
        // An index on a large table of an earlier version takes its time.
        _ = try connection.execute(
            "SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '60s', false)"
        )
        for (index, step) in steps.enumerated() where index >= found {
            try inTransaction(connection) {
                _ = try connection.execute("SELECT pg_advisory_xact_lock($1)", [.integer(migrationLock)])
                // Another program may have been quicker.
                guard try version(of: connection) == index else { return }
                try checkForeignTables(connection, server)
                for statement in step { _ = try connection.execute(statement, timeout: .seconds(24 * 3_600)) }
                _ = try connection.execute(
                    "INSERT INTO cmq_schema (version) VALUES ($1)",
                    [.integer(Int64(index + 1))]
                )
            }
        }
        return found
    }

    static func inTransaction(_ connection: PostgreSQLConnection, _ body: () throws -> Void) throws {
        _ = try connection.execute("BEGIN")
        do {
            try body()
            _ = try connection.execute("COMMIT")
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// Names and ids may have any character.
    private static func checkEncoding(_ connection: PostgreSQLConnection, _ server: PostgreSQLParameters) throws {
        let encoding = try connection.execute("SELECT current_setting('server_encoding')").first?.text(0) ?? ""
        guard !["UTF8", "SQL_ASCII"].contains(encoding) else { return }
        throw CatalogError(
            .refused,
            "the database \(server) has the encoding \(encoding), which lacks most characters",
            remedy: "make one with createdb --encoding UTF8 --template template0"
        )
    }

    /// Tables of these names that somebody else made must stay as they are.
    private static func checkForeignTables(
        _ connection: PostgreSQLConnection,
        _ server: PostgreSQLParameters
    ) throws {
        for (table, key) in [("message_metadata", "message_id"), ("public_keys", "client_id")] {
            let row = try connection.execute(
                """
                SELECT to_regclass($1) IS NULL OR EXISTS (
                    SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
                    WHERE indrelid = to_regclass($1) AND indisunique AND indpred IS NULL AND indnkeyatts = 1
                        AND attname = $2)
                """,
                [.text(table), .text(key)]
            )
            guard row.first?.boolean(0) == true else {
                throw CatalogError(
                    .corrupt,
                    "the table \(table) of the catalog \(server) has no primary key \(key)",
                    remedy: "name a database of this broker or of an earlier version"
                )
            }
        }
    }
}
