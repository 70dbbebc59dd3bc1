internal import GRDB

/// The tables, and how a database of an earlier version gets them. Nothing is ever dropped or rewritten.
enum SQLiteSchema {
    /// The version that this program writes.
    static let version = 1

    /// The version of a database; 0 where an earlier program made it, or where it is empty.
    static func version(of database: Database) throws -> Int {
        guard try database.tableExists("cmq_schema") else { return 0 }
        return try Int.fetchOne(database, sql: "SELECT MAX(version) FROM cmq_schema") ?? 0
    }

    /// - Throws: ``CatalogError/Code/newerSchema``.
    static func refuseNewer(_ found: Int, path: String) throws(CatalogError) {
        guard found > version else { return }
        throw CatalogError(
            .newerSchema,
            "the catalog \(path) has schema version \(found), and this program knows \(version)",
            remedy: "use the version of cmq that wrote it, or a later one"
        )
    }

    /// Brings a database to ``version`` in one transaction.
    static func migrate(_ database: Database, path: String) throws {
        let found = try version(of: database)
        try refuseNewer(found, path: path)
        guard found < version else { return }
        try database.inTransaction(.immediate) {
            // Another program may have been quicker, which GRDB's memory of the tables would not show.
            database.clearSchemaCache()
            guard try Self.version(of: database) < version else { return .rollback }
            try createTables(database)
            for (table, columns) in addedColumns {
                try addMissing(columns, to: table, of: database, path: path)
            }
            try createIndexes(database)
            try database.execute(sql: "INSERT INTO cmq_schema (version) VALUES (?)", arguments: [version])
            return .commit
        }
    }

    private static func createTables(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS message_metadata (
                    message_id TEXT PRIMARY KEY, client_id TEXT, exchange_name TEXT, routing_key TEXT,
                    sent_time TEXT, delivered_time TEXT, acknowledged_time TEXT);
                CREATE TABLE IF NOT EXISTS public_keys (
                    client_id TEXT PRIMARY KEY, public_key_ciphertext TEXT, nonce TEXT, tag TEXT);
                CREATE TABLE IF NOT EXISTS cmq_copies (
                    message_id TEXT NOT NULL, queue_name TEXT NOT NULL, dead_letter_queue TEXT,
                    consumer_client_id TEXT, delivered_time TEXT, acknowledged_time TEXT, removed_time TEXT,
                    state TEXT NOT NULL, reason TEXT, deliveries INTEGER NOT NULL,
                    PRIMARY KEY (message_id, queue_name)) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS cmq_key_history (
                    id INTEGER PRIMARY KEY, client_id TEXT NOT NULL, fingerprint TEXT NOT NULL,
                    registered_time TEXT NOT NULL, registered_by TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS cmq_exchanges (
                    exchange_name TEXT PRIMARY KEY, kind TEXT NOT NULL, declared_time TEXT) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS cmq_queues (
                    queue_name TEXT PRIMARY KEY, declared_time TEXT) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS cmq_bindings (
                    queue_name TEXT NOT NULL, exchange_name TEXT NOT NULL, routing_key TEXT NOT NULL,
                    bound_time TEXT, PRIMARY KEY (exchange_name, routing_key, queue_name)) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS cmq_projection (
                    id INTEGER PRIMARY KEY CHECK (id = 1), journal_id TEXT NOT NULL,
                    position INTEGER NOT NULL, updated_time TEXT NOT NULL);
                CREATE TABLE IF NOT EXISTS cmq_schema (version INTEGER NOT NULL);
                """
        )
    }

    /// The first seven columns, too, because the earliest versions did not have all of them.
    private static let addedColumns: [(table: String, columns: [(name: String, type: String)])] = [
        (
            "message_metadata",
            [
                ("client_id", "TEXT"), ("exchange_name", "TEXT"), ("routing_key", "TEXT"), ("sent_time", "TEXT"),
                ("delivered_time", "TEXT"), ("acknowledged_time", "TEXT"),
                ("receiver_client_id", "TEXT"), ("consumer_client_id", "TEXT"), ("queue_name", "TEXT"),
                ("dead_letter_queue", "TEXT"), ("copies", "INTEGER"), ("state", "TEXT"), ("reason", "TEXT"),
                ("deliveries", "INTEGER"), ("size_bytes", "INTEGER"), ("removed_time", "TEXT"),
                ("sequence", "INTEGER"),
            ]
        ),
        ("public_keys", [("algorithm", "TEXT")]),
    ]

    private static func addMissing(
        _ columns: [(name: String, type: String)],
        to table: String,
        of database: Database,
        path: String
    ) throws {
        let existing = try Set(database.columns(in: table).map { $0.name.lowercased() })
        let key = table == "public_keys" ? "client_id" : "message_id"
        guard existing.contains(key), try database.table(table, hasUniqueKey: [key]) else {
            throw CatalogError(
                .corrupt,
                "the table \(table) of the catalog \(path) has no primary key \(key)",
                remedy: "name a database of this broker or of an earlier version"
            )
        }
        for column in columns where !existing.contains(column.name) {
            try database.execute(sql: "ALTER TABLE \(table) ADD COLUMN \(column.name) \(column.type)")
        }
    }

    private static func createIndexes(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE INDEX IF NOT EXISTS cmq_message_sent ON message_metadata (sent_time);
                CREATE INDEX IF NOT EXISTS cmq_message_open ON message_metadata (sent_time)
                    WHERE state IS NOT 'acknowledged';
                CREATE INDEX IF NOT EXISTS cmq_key_history_client ON cmq_key_history (client_id);
                """
        )
    }
}
