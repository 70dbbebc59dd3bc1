package import CMQPostgreSQL
package import CMQSecrets

/// Reads a PostgreSQL catalog, also while a broker writes to it; a role that may only read is enough.
package final class PostgreSQLCatalogReader: CatalogReader {
    private let server: PostgreSQLParameters
    private let session: PostgreSQLSession
    private let sealer: PublicKeySealer?

    /// Opens a catalog of this version.
    ///
    /// - Parameters:
    ///   - server: Where it is.
    ///   - aesKey: 32 bytes, to see the keys themselves and not only what is known about them.
    /// - Throws: ``CatalogError``; ``CatalogError/Code/olderSchema`` for a database that nobody has migrated.
    package init(server: PostgreSQLParameters, aesKey: SecretBytes? = nil) throws(CatalogError) {
        self.server = server
        if let aesKey {
            sealer = try PublicKeySealer(aesKey: aesKey, algorithm: .aes256GCM)
        } else {
            sealer = nil
        }
        session = try reportingFailures("open", server) {
            try PostgreSQLSession.connected(server) { connection in
                try PostgreSQLSettings.apply(to: connection, statementTimeout: .seconds(3_600))
                _ = try connection.execute("SET default_transaction_read_only = on")
                let version = try PostgreSQLSchema.version(of: connection)
                try PostgreSQLSchema.refuseNewer(version, of: server)
                guard version == PostgreSQLSchema.version else {
                    throw CatalogError(
                        .olderSchema,
                        "the database \(server) is not a catalog of this version",
                        remedy: "run 'cmq-admin db migrate', or start cmq-broker with it once"
                    )
                }
            }
        }
    }

    deinit {
        session.close()
    }

    package func messagePage(
        matching filter: MessageFilter,
        from position: MessagePosition,
        limit: Int
    ) throws(CatalogError) -> MessagePage {
        try read { try PostgreSQLMessageQuery(filter: filter, position: position, limit: limit).page(from: $0) }
    }

    package func copies(of messageID: String) throws(CatalogError) -> [CopyRow] {
        try read { connection in
            let result = try connection.executePrepared(
                "SELECT \(PostgreSQLColumns.copies) FROM cmq_copies WHERE message_id = $1 ORDER BY queue_name",
                [.text(messageID)]
            )
            return result.rows.map { row in
                CopyRow(
                    messageID: messageID,
                    queueName: row.text(0) ?? "",
                    deadLetterQueue: row.text(1),
                    consumerClientID: row.text(2),
                    state: StoredValues.state(row.text(6)),
                    reason: row.text(7),
                    deliveries: row.integer(8) ?? 0,
                    deliveredTime: StoredValues.time(row.text(3)),
                    acknowledgedTime: StoredValues.time(row.text(4)),
                    removedTime: StoredValues.time(row.text(5))
                )
            }
        }
    }

    package func audit(_ query: AuditQuery) throws(CatalogError) -> [AuditRow] {
        try read { try PostgreSQLAudit(connection: $0).rows(query) }
    }

    package func totals() throws(CatalogError) -> CatalogTotals {
        try read { try PostgreSQLAudit(connection: $0).totals() }
    }

    package func keys() throws(CatalogError) -> [PublicKeyRow] {
        let sealer = sealer
        return try read { try PostgreSQLKeys(connection: $0).rows(openedBy: sealer) }
    }

    package func keyHistory(of clientID: String?) throws(CatalogError) -> [KeyHistoryRow] {
        try read { try PostgreSQLKeys(connection: $0).history(of: clientID) }
    }

    package func topology() throws(CatalogError) -> CatalogTopology {
        try read { try PostgreSQLTopology(connection: $0).read() }
    }

    package func projection() throws(CatalogError) -> ProjectionRow? {
        try read { connection in
            let result = try connection.execute(
                "SELECT journal_id, position, updated_time FROM cmq_projection WHERE id = 1"
            )
            return result.first.map { row in
                ProjectionRow(
                    journalID: row.text(0) ?? "",
                    position: UInt64(bitPattern: Int64(row.integer(1) ?? 0)),
                    updatedTime: StoredValues.time(row.text(2))
                )
            }
        }
    }

    package func database() throws(CatalogError) -> DatabaseRow {
        try read { try PostgreSQLServerState(connection: $0).row() }
    }

    private func read<Result: Sendable>(
        _ body: @escaping @Sendable (PostgreSQLConnection) throws -> Result
    ) throws(CatalogError) -> Result {
        try reportingFailures("read", server) { try session.perform(body) }
    }
}
