package import CMQSecrets
internal import GRDB

/// Reads an SQLite catalog, also while a broker writes to it.
package final class SQLiteCatalogReader: CatalogReader {
    private let path: String
    private let queue: DatabaseQueue
    private let sealer: PublicKeySealer?

    /// Opens an existing catalog of this version.
    ///
    /// - Parameters:
    ///   - path: The SQLite file.
    ///   - aesKey: 32 bytes, to see the keys themselves and not only what is known about them.
    /// - Throws: ``CatalogError``; ``CatalogError/Code/olderSchema`` for a file that the broker has not migrated.
    package init(path: String, aesKey: SecretBytes? = nil) throws(CatalogError) {
        self.path = path
        if let aesKey {
            sealer = try PublicKeySealer(aesKey: aesKey, algorithm: .aes256GCM)
        } else {
            sealer = nil
        }
        queue = try reportingFailures("open", path) {
            try DatabaseQueue(readingCatalog: path)
        }
        try reportingFailures("open", path) {
            let version = try queue.read { try SQLiteSchema.version(of: $0) }
            try SQLiteSchema.refuseNewer(version, path: path)
            guard version == SQLiteSchema.version else {
                throw CatalogError(
                    .olderSchema,
                    "\(path) is not a catalog of this version",
                    remedy: "start cmq-broker with it once, which adds what is missing"
                )
            }
        }
    }

    package func messagePage(
        matching filter: MessageFilter,
        from position: MessagePosition,
        limit: Int
    ) throws(CatalogError) -> MessagePage {
        try read { try SQLiteMessageQuery(filter: filter, position: position, limit: limit).page(from: $0) }
    }

    package func copies(of messageID: String) throws(CatalogError) -> [CopyRow] {
        try read { database in
            try Row.fetchAll(database, sql: CopyStatements.select, arguments: [messageID]).map { row in
                CopyRow(
                    messageID: messageID,
                    queueName: row[0],
                    deadLetterQueue: row[1],
                    consumerClientID: row[2],
                    state: StoredValues.state(row[6]),
                    reason: row[7],
                    deliveries: row[8],
                    deliveredTime: StoredValues.time(row[3]),
                    acknowledgedTime: StoredValues.time(row[4]),
                    removedTime: StoredValues.time(row[5])
                )
            }
        }
    }

    package func audit(_ query: AuditQuery) throws(CatalogError) -> [AuditRow] {
        try read { try SQLiteAudit(database: $0).rows(query) }
    }

    package func database() throws(CatalogError) -> DatabaseRow {
        try read { database in
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let pageBytes = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            return DatabaseRow(
                engine: "sqlite",
                version: try String.fetchOne(database, sql: "SELECT sqlite_version()") ?? "",
                schemaVersion: try SQLiteSchema.version(of: database),
                sizeBytes: pages * pageBytes
            )
        }
    }

    package func totals() throws(CatalogError) -> CatalogTotals {
        try read { try SQLiteAudit(database: $0).totals() }
    }

    package func keys() throws(CatalogError) -> [PublicKeyRow] {
        try read { try SQLiteKeys(database: $0).rows(openedBy: sealer) }
    }

    package func keyHistory(of clientID: String?) throws(CatalogError) -> [KeyHistoryRow] {
        try read { try SQLiteKeys(database: $0).history(of: clientID) }
    }

    package func topology() throws(CatalogError) -> CatalogTopology {
        try read { try SQLiteTopology(database: $0).read() }
    }

    package func projection() throws(CatalogError) -> ProjectionRow? {
        try read { database in
            let row = try Row.fetchOne(
                database,
                sql: "SELECT journal_id, position, updated_time FROM cmq_projection WHERE id = 1"
            )
            return row.map { row in
                ProjectionRow(
                    journalID: row[0],
                    position: UInt64(bitPattern: row[1]),
                    updatedTime: StoredValues.time(row[2])
                )
            }
        }
    }

    private func read<Result>(_ body: (Database) throws -> Result) throws(CatalogError) -> Result {
        try reportingFailures("read", path) { try queue.read(body) }
    }
}
