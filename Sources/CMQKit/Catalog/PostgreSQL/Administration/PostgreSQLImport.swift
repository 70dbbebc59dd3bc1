internal import CMQPostgreSQL
internal import GRDB

/// Writes what an SQLite catalog holds into a PostgreSQL one, within one transaction.
struct PostgreSQLImport {
    let connection: PostgreSQLConnection
    let server: PostgreSQLParameters
    /// Opens the keys of the source.
    let origin: PublicKeySealer
    /// Encrypts them for the database.
    let target: PublicKeySealer

    func run(_ export: SQLiteExport) throws -> ImportOutcome {
        var outcome = ImportOutcome()
        try PostgreSQLSchema.inTransaction(connection) {
            try refuseAttachedBroker()
            try PostgreSQLKeys(connection: connection).check(with: target, of: server)
            try export.read { snapshot in
                try importKeys(snapshot, path: export.path, &outcome)
                try importMessages(snapshot, &outcome)
                try importCopies(snapshot, &outcome)
                try importTopology(snapshot, &outcome)
                try importPosition(snapshot, &outcome)
            }
        }
        _ = try PostgreSQLAdoption.run(connection)
        return outcome
    }

    private func refuseAttachedBroker() throws {
        let lock = try connection.execute(
            "SELECT pg_try_advisory_xact_lock($1)",
            [.integer(PostgreSQLSchema.writerLock)]
        )
        guard lock.first?.boolean(0) == true else {
            throw CatalogError(
                .unavailable,
                "a broker writes to the catalog \(server)",
                remedy: "stop the broker, import, and start it again"
            )
        }
    }

    // MARK: Keys

    private func importKeys(_ snapshot: SQLiteSnapshot, path: String, _ outcome: inout ImportOutcome) throws {
        var closed: [String] = []
        let columns = ["client_id", "public_key_ciphertext", "nonce", "tag", "algorithm"]
        try snapshot.forEachPage(of: "public_keys", columns) { page in
            for row in page {
                guard let client = text(row[0]) else { continue }
                let stored = SealedPublicKey(
                    ciphertext: text(row[1]) ?? "",
                    nonce: text(row[2]) ?? "",
                    tag: text(row[3]) ?? "",
                    algorithm: text(row[4]).flatMap { KeyAlgorithm(rawValue: $0) }
                )
                guard let key = origin.open(stored) else {
                    closed.append(client)
                    continue
                }
                try insert(target.seal(key), of: client, &outcome)
            }
        }
        guard closed.isEmpty else {
            throw CatalogError(
                .keyMismatch,
                "the public keys of \(closed.prefix(5).joined(separator: ", "))"
                    + "\(closed.count > 5 ? " and \(closed.count - 5) more" : "") in \(path) do not decrypt",
                remedy: "name the file with the aes_key that they were written with in --source-key-file"
            )
        }
        try importHistory(snapshot, &outcome)
    }

    private func insert(_ sealed: SealedPublicKey, of client: String, _ outcome: inout ImportOutcome) throws {
        let result = try connection.executePrepared(
            """
            INSERT INTO public_keys (client_id, public_key_ciphertext, nonce, tag, algorithm)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (client_id) DO NOTHING
            """,
            [
                .text(client), .text(sealed.ciphertext), .text(sealed.nonce), .text(sealed.tag),
                .text(sealed.algorithm?.rawValue),
            ]
        )
        if result.affectedRows > 0 { outcome.keys += 1 } else { outcome.knownKeys += 1 }
    }

    private func importHistory(_ snapshot: SQLiteSnapshot, _ outcome: inout ImportOutcome) throws {
        let columns = ["client_id", "fingerprint", "registered_time", "registered_by"]
        try snapshot.forEachPage(of: "cmq_key_history", columns) { page in
            let result = try connection.executePrepared(
                """
                INSERT INTO cmq_key_history (client_id, fingerprint, registered_time, registered_by)
                SELECT client_id, fingerprint, registered_time, registered_by
                FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
                    AS new (client_id, fingerprint, registered_time, registered_by, place)
                WHERE NOT EXISTS (
                    SELECT 1 FROM cmq_key_history AS old WHERE old.client_id = new.client_id
                        AND old.fingerprint = new.fingerprint AND old.registered_time = new.registered_time)
                ORDER BY place
                """,
                arrays(page, columns: columns.count)
            )
            outcome.registrations += result.affectedRows
        }
    }

    // MARK: Messages

    private func importMessages(_ snapshot: SQLiteSnapshot, _ outcome: inout ImportOutcome) throws {
        let texts = [
            "message_id", "client_id", "exchange_name", "routing_key", "receiver_client_id", "consumer_client_id",
            "queue_name", "dead_letter_queue", "state", "reason", "sent_time", "delivered_time", "acknowledged_time",
            "removed_time",
        ]
        let integers = ["copies", "deliveries", "size_bytes", "sequence"]
        try snapshot.forEachPage(of: "message_metadata", texts + integers) { page in
            var values = arrays(page, columns: texts.count)
            for index in texts.count..<texts.count + integers.count {
                var column = PostgreSQLArray.integers(capacity: page.count)
                for row in page { column.append(Int64.fromDatabaseValue(row[index])) }
                values.append(.array(column))
            }
            // The points in time; a row of an earlier version has no state, and gets them with it later.
            for index in 10..<14 {
                var column = PostgreSQLArray.times(capacity: page.count)
                for row in page { column.append(time: StoredValues.time(text(row[index]))?.microseconds) }
                values.append(.array(column))
            }
            let inserted = try connection.executePrepared(MessageColumns.insert, values)
            outcome.messages += inserted.count
            outcome.knownMessages += page.count - inserted.count
        }
    }

    private func importCopies(_ snapshot: SQLiteSnapshot, _ outcome: inout ImportOutcome) throws {
        let columns = [
            "message_id", "queue_name", "dead_letter_queue", "consumer_client_id", "delivered_time",
            "acknowledged_time", "removed_time", "state", "reason",
        ]
        try snapshot.forEachPage(of: "cmq_copies", columns + ["deliveries"]) { page in
            var deliveries = PostgreSQLArray.integers(capacity: page.count)
            for row in page { deliveries.append(Int64.fromDatabaseValue(row[columns.count]) ?? 0) }
            let result = try connection.executePrepared(
                CopyColumns.insert,
                arrays(page, columns: columns.count) + [.array(deliveries)]
            )
            outcome.copies += result.affectedRows
        }
    }

    // MARK: Topology and position

    private func importTopology(_ snapshot: SQLiteSnapshot, _ outcome: inout ImportOutcome) throws {
        try snapshot.forEachPage(of: "cmq_exchanges", ["exchange_name", "kind", "declared_time"]) { page in
            _ = try connection.executePrepared(
                """
                INSERT INTO cmq_exchanges (exchange_name, kind, declared_time)
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING
                """,
                arrays(page, columns: 3)
            )
        }
        try snapshot.forEachPage(of: "cmq_queues", ["queue_name", "declared_time"]) { page in
            let result = try connection.executePrepared(
                """
                INSERT INTO cmq_queues (queue_name, declared_time)
                SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING
                """,
                arrays(page, columns: 2)
            )
            outcome.queues += result.affectedRows
        }
        try snapshot.forEachPage(of: "cmq_bindings", ["queue_name", "exchange_name", "routing_key", "bound_time"]) {
            _ = try connection.executePrepared(
                """
                INSERT INTO cmq_bindings (queue_name, exchange_name, routing_key, bound_time)
                SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING
                """,
                arrays($0, columns: 4)
            )
        }
    }

    /// A broker that goes on with the same journal must neither repeat nor leave out anything.
    private func importPosition(_ snapshot: SQLiteSnapshot, _ outcome: inout ImportOutcome) throws {
        guard let mark = try snapshot.projection() else { return }
        let result = try connection.executePrepared(
            """
            INSERT INTO cmq_projection (id, journal_id, position, updated_time) VALUES (1, $1, $2, $3)
            ON CONFLICT DO NOTHING
            """,
            [
                .text(mark.journalID), .integer(Int64(bitPattern: mark.position)),
                .text(CatalogTime.now().description),
            ]
        )
        outcome.carriesPosition = result.affectedRows > 0
    }

    // MARK: Values

    /// The first columns of a page, as arrays of texts.
    private func arrays(_ page: [[DatabaseValue]], columns: Int) -> [PostgreSQLValue] {
        (0..<columns).map { index in
            var column = PostgreSQLArray.texts(capacity: page.count)
            for row in page { column.append(text(row[index])) }
            return .array(column)
        }
    }

    private func text(_ value: DatabaseValue) -> String? {
        String.fromDatabaseValue(value)
    }
}
