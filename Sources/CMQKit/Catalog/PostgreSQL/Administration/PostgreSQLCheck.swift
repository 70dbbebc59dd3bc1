internal import CMQPostgreSQL

/// Looks a catalog over.
struct PostgreSQLCheck {
    let connection: PostgreSQLConnection
    let server: PostgreSQLParameters
    let sealer: PublicKeySealer?

    func findings() throws -> [CatalogFinding] {
        var findings = [try schemaVersion()]
        guard !findings[0].isProblem else { return findings }
        findings += try columns()
        guard !findings.contains(where: \.isProblem) else { return findings }
        findings += try indexes()
        findings += try [writer(), foreignRows(), acknowledgements(), copies(), lostCopies()]
        if let sealer { findings.append(try keys(sealer)) }
        return findings
    }

    private func schemaVersion() throws -> CatalogFinding {
        let version = try PostgreSQLSchema.version(of: connection)
        let known = PostgreSQLSchema.version
        if version == known { return CatalogFinding("schema", "version \(version)") }
        return CatalogFinding(
            "schema",
            version == 0 ? "no tables of this catalog" : "version \(version), and this program knows \(known)",
            problem: true,
            remedy: version < known ? "run 'cmq-admin db migrate'" : "use a later version of cmq"
        )
    }

    private func columns() throws -> [CatalogFinding] {
        try PostgreSQLSchema.columns.map { table, columns in
            let result = try connection.execute(
                """
                SELECT wanted.name FROM unnest($2::text[]) AS wanted (name) WHERE NOT EXISTS (
                    SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = wanted.name
                        AND NOT attisdropped)
                """,
                [.text(table), .array(.texts(columns))]
            )
            let missing = result.rows.compactMap { $0.text(0) }
            guard missing.isEmpty else {
                return CatalogFinding(
                    table,
                    "\(missing.joined(separator: ", ")) missing",
                    problem: true,
                    remedy: "restore the table from a backup, or add the columns as docs/catalog.md names them"
                )
            }
            return CatalogFinding(table, "\(columns.count) columns")
        }
    }

    private func indexes() throws -> [CatalogFinding] {
        let result = try connection.execute(
            """
            SELECT wanted.name FROM unnest($1::text[]) AS wanted (name)
                LEFT JOIN pg_index ON indexrelid = to_regclass(wanted.name) WHERE indisvalid IS NOT TRUE
            """,
            [.array(.texts(PostgreSQLSchema.indexNames))]
        )
        let missing = result.rows.compactMap { $0.text(0) }
        if missing.isEmpty { return [CatalogFinding("indexes", "\(PostgreSQLSchema.indexNames.count) in place")] }
        return [
            CatalogFinding(
                "indexes",
                "\(missing.joined(separator: ", ")) missing or not valid",
                problem: true,
                remedy: "make them again with REINDEX or CREATE INDEX; docs/catalog.md has the statements"
            )
        ]
    }

    private func writer() throws -> CatalogFinding {
        let result = try connection.execute(
            """
            SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND (classid::bigint << 32) + objid::bigint = $1
            """,
            [.integer(PostgreSQLSchema.writerLock)]
        )
        let isAttached = result.first?.integer(0) ?? 0 > 0
        return CatalogFinding("broker", isAttached ? "one is attached" : "none is attached")
    }

    private func foreignRows() throws -> CatalogFinding {
        let count = try self.count("SELECT count(*) FROM message_metadata WHERE state IS NULL")
        if count == 0 { return CatalogFinding("earlier rows", "all have their state and times") }
        return CatalogFinding(
            "earlier rows",
            "\(count) of an earlier version have no state yet",
            problem: true,
            remedy: "run 'cmq-admin db migrate', or start the broker"
        )
    }

    private func acknowledgements() throws -> CatalogFinding {
        let count = try self.count(
            "SELECT count(*) FROM message_metadata WHERE state = 'acknowledged' AND acknowledged_time IS NULL"
        )
        return CatalogFinding(
            "acknowledgements",
            count == 0 ? "all have their time" : "acknowledged, but without a time: \(count)",
            problem: count > 0,
            remedy: count > 0 ? "look at them: WHERE state = 'acknowledged' AND acknowledged_time IS NULL" : nil
        )
    }

    private func copies() throws -> CatalogFinding {
        let count = try self.count(
            """
            SELECT count(*) FROM message_metadata WHERE copies > 1 AND copies <> (
                SELECT count(*) FROM cmq_copies WHERE cmq_copies.message_id = message_metadata.message_id)
            """
        )
        return CatalogFinding(
            "copies",
            count == 0 ? "every message has all its copies" : "\(count) messages lack some of their copies",
            problem: count > 0,
            remedy: count > 0 ? "restore cmq_copies from a backup" : nil
        )
    }

    private func lostCopies() throws -> CatalogFinding {
        let count = try self.count(
            """
            SELECT count(*) FROM cmq_copies WHERE NOT EXISTS (
                SELECT 1 FROM message_metadata WHERE message_metadata.message_id = cmq_copies.message_id)
            """
        )
        return CatalogFinding(
            "lost copies",
            count == 0 ? "none" : "\(count) copies of messages that are not there",
            problem: count > 0,
            remedy: count > 0 ? "delete them, or restore message_metadata from a backup" : nil
        )
    }

    private func keys(_ sealer: PublicKeySealer) throws -> CatalogFinding {
        let rows = try PostgreSQLKeys(connection: connection).rows(openedBy: sealer)
        let closed = rows.filter { $0.publicKey == nil }.map(\.clientID)
        if closed.isEmpty { return CatalogFinding("public keys", "all \(rows.count) decrypt") }
        let remedy =
            closed.count == rows.count
            ? "name the configuration whose [encryption] aes_key wrote them" : "let these clients register again"
        return CatalogFinding(
            "public keys",
            "\(closed.count) of \(rows.count) do not decrypt: \(closed.prefix(10).joined(separator: ", "))",
            problem: true,
            remedy: remedy
        )
    }

    private func count(_ statement: SQL) throws -> Int {
        try connection.execute(statement, timeout: .seconds(24 * 3_600)).first?.integer(0) ?? 0
    }
}
