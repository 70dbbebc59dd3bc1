internal import CMQPostgreSQL

/// Reads the public keys and their history.
struct PostgreSQLKeys {
    let connection: PostgreSQLConnection

    /// A wrong key must be found at the start, not by the first sender that asks for a receiver's key.
    /// One damaged row says nothing about the key, so that any row that opens will do.
    func check(with sealer: PublicKeySealer, of server: PostgreSQLParameters) throws {
        let stored = try connection.execute("SELECT \(PostgreSQLColumns.sealedKey) FROM public_keys LIMIT 64")
        guard stored.count > 0, !stored.rows.contains(where: { sealer.open(Self.sealed($0)) != nil }) else { return }
        throw CatalogError(
            .keyMismatch,
            "aes_key does not decrypt the public keys in the catalog \(server)",
            remedy: "set [encryption] aes_key to the key that the catalog was written with"
        )
    }

    func sealedKey(of clientID: String, isLocked: Bool = false) throws(PostgreSQLError) -> SealedPublicKey? {
        let lock: SQL = isLocked ? "FOR UPDATE" : ""
        let result = try connection.executePrepared(
            "SELECT \(PostgreSQLColumns.sealedKey) FROM public_keys WHERE client_id = $1 \(lock)",
            [.text(clientID)],
            timeout: PostgreSQLCatalog.keyTimeout
        )
        return result.first.map { Self.sealed($0) }
    }

    /// All keys with their last registration; decrypted where there is a `sealer`.
    func rows(openedBy sealer: PublicKeySealer?, limit: Int? = nil) throws(PostgreSQLError) -> [PublicKeyRow] {
        let result = try connection.execute(
            """
            SELECT \(PostgreSQLColumns.sealedKey), client_id, fingerprint, registered_time, registered_by
            FROM public_keys LEFT JOIN LATERAL (
                SELECT fingerprint, registered_time, registered_by FROM cmq_key_history AS history
                WHERE history.client_id = public_keys.client_id ORDER BY id DESC LIMIT 1) AS last ON TRUE
            ORDER BY client_id COLLATE "C" LIMIT $1
            """,
            [.integer(limit.map { Int64($0) })]
        )
        return result.rows.map { row in
            let sealed = Self.sealed(row)
            return PublicKeyRow(
                clientID: row.text(4) ?? "",
                algorithm: sealed.algorithm,
                fingerprint: row.text(5),
                registeredTime: StoredValues.time(row.text(6)),
                registeredBy: row.text(7),
                publicKey: sealer?.open(sealed)
            )
        }
    }

    func history(of clientID: String?) throws(PostgreSQLError) -> [KeyHistoryRow] {
        let result = try connection.execute(
            """
            SELECT client_id, fingerprint, registered_time, registered_by FROM cmq_key_history
            WHERE $1 IS NULL OR client_id = $1 ORDER BY id
            """,
            [.text(clientID)]
        )
        return result.rows.map { row in
            KeyHistoryRow(
                clientID: row.text(0) ?? "",
                fingerprint: row.text(1) ?? "",
                registeredTime: StoredValues.time(row.text(2)),
                registeredBy: row.text(3) ?? ""
            )
        }
    }

    private static func sealed(_ row: PostgreSQLRow) -> SealedPublicKey {
        SealedPublicKey(
            ciphertext: row.text(0) ?? "",
            nonce: row.text(1) ?? "",
            tag: row.text(2) ?? "",
            algorithm: row.text(3).flatMap { KeyAlgorithm(rawValue: $0) }
        )
    }
}
