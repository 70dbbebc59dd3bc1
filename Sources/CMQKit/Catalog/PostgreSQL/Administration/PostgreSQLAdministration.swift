package import CMQPostgreSQL
package import CMQSecrets

/// What an operator does to a PostgreSQL catalog: migrate it, look it over, fill it.
package final class PostgreSQLAdministration: Sendable {
    package let server: PostgreSQLParameters
    private let session: PostgreSQLSession

    /// Connects.
    package init(_ server: PostgreSQLParameters) throws(CatalogError) {
        self.server = server
        session = try reportingFailures("open", server) {
            try PostgreSQLSession.connected(server) { connection in
                try PostgreSQLSettings.apply(to: connection, statementTimeout: .seconds(24 * 3_600))
            }
        }
    }

    deinit {
        session.close()
    }

    /// The server and the version of the tables; 0 where there are none of this kind.
    package func state() throws(CatalogError) -> DatabaseRow {
        try reportingFailures("read", server) {
            try session.perform { try PostgreSQLServerState(connection: $0).row() }
        }
    }

    /// The tables and their sizes.
    package func tables() throws(CatalogError) -> [DatabaseTable] {
        try reportingFailures("read", server) {
            try session.perform { try DatabaseTable.all(on: $0) }
        }
    }

    /// Brings the tables up to date, and takes over rows that an earlier version wrote.
    package func migrate() throws(CatalogError) -> MigrationOutcome {
        let server = server
        return try reportingFailures("migrate", server) {
            try session.perform { connection in
                let before = try PostgreSQLSchema.migrate(connection, server: server)
                let adopted = try PostgreSQLAdoption.run(connection)
                return MigrationOutcome(
                    versionBefore: before,
                    version: try PostgreSQLSchema.version(of: connection),
                    adoptedRows: adopted
                )
            }
        }
    }

    /// Looks for what is missing or does not fit together; changes nothing.
    ///
    /// - Parameter aesKey: 32 bytes, to see whether the stored keys decrypt; `nil` leaves that out.
    package func check(aesKey: SecretBytes?) throws(CatalogError) -> [CatalogFinding] {
        let sealer: PublicKeySealer? =
            if let aesKey { try PublicKeySealer(aesKey: aesKey, algorithm: .aes256GCM) } else { nil }
        let server = server
        return try reportingFailures("check", server) {
            try session.perform { try PostgreSQLCheck(connection: $0, server: server, sealer: sealer).findings() }
        }
    }

    /// Takes over an SQLite catalog: all of it, or nothing.
    ///
    /// What the database has already stays as it is. Messages keep the texts that they have.
    package func importSQLite(_ source: SQLiteImport) throws(CatalogError) -> ImportOutcome {
        let server = server
        let target = try PublicKeySealer(aesKey: source.targetKey, algorithm: .aes256GCM)
        let origin = try PublicKeySealer(aesKey: source.sourceKey, algorithm: .aes256GCM)
        let export = try SQLiteExport(path: source.path)
        return try reportingFailures("import into", server) {
            try session.perform { connection in
                try PostgreSQLSchema.migrate(connection, server: server)
                try PostgreSQLSettings.preferIndexes(connection)
                let importer = PostgreSQLImport(connection: connection, server: server, origin: origin, target: target)
                return try importer.run(export)
            }
        }
    }
}

/// What a migration did.
package struct MigrationOutcome: Sendable, Equatable, Codable {
    /// 0 where the tables were an earlier program's, or none.
    package var versionBefore: Int
    package var version: Int
    /// Rows of an earlier version that got their state and times.
    package var adoptedRows: Int

    private enum CodingKeys: String, CodingKey {
        case version
        case versionBefore = "version_before"
        case adoptedRows = "adopted_rows"
    }
}
