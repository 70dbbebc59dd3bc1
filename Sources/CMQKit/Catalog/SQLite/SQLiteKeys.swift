internal import GRDB

/// Reads the public keys and their history.
struct SQLiteKeys {
    let database: Database

    func sealedKey(of clientID: String) throws -> SealedPublicKey? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT \(Self.sealedColumns) FROM public_keys WHERE client_id = ?"),
            arguments: [clientID]
        )
        .map { sealed($0) }
    }

    func sealedKeys(limit: Int) throws -> [SealedPublicKey] {
        try Row.fetchAll(
            database,
            sql: "SELECT \(Self.sealedColumns) FROM public_keys LIMIT ?",
            arguments: [limit]
        )
        .map { sealed($0) }
    }

    /// All keys with their last registration; decrypted where there is a `sealer`.
    func rows(openedBy sealer: PublicKeySealer?, limit: Int = -1) throws -> [PublicKeyRow] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT \(Self.sealedColumns), client_id, fingerprint, registered_time, registered_by
                FROM public_keys
                LEFT JOIN (SELECT client_id AS owner, MAX(id) AS last FROM cmq_key_history GROUP BY client_id)
                    ON owner = client_id
                LEFT JOIN (SELECT id, fingerprint, registered_time, registered_by FROM cmq_key_history)
                    ON id = last
                ORDER BY client_id LIMIT ?
                """,
            arguments: [limit]
        )
        .map { row in
            let sealed = sealed(row)
            return PublicKeyRow(
                clientID: row[4],
                algorithm: sealed.algorithm,
                fingerprint: row[5],
                registeredTime: StoredValues.time(row[6]),
                registeredBy: row[7],
                publicKey: sealer?.open(sealed)
            )
        }
    }

    func history(of clientID: String?) throws -> [KeyHistoryRow] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT client_id, fingerprint, registered_time, registered_by FROM cmq_key_history
                WHERE ?1 IS NULL OR client_id = ?1 ORDER BY id
                """,
            arguments: [clientID]
        )
        .map { row in
            KeyHistoryRow(
                clientID: row[0],
                fingerprint: row[1],
                registeredTime: StoredValues.time(row[2]),
                registeredBy: row[3]
            )
        }
    }

    private static let sealedColumns = "public_key_ciphertext, nonce, tag, algorithm"

    private func sealed(_ row: Row) -> SealedPublicKey {
        SealedPublicKey(
            ciphertext: row[0] ?? "",
            nonce: row[1] ?? "",
            tag: row[2] ?? "",
            algorithm: (row[3] as String?).flatMap { KeyAlgorithm(rawValue: $0) }
        )
    }
}
