internal import GRDB

extension SQLiteCatalog {
    @discardableResult
    package func registerPublicKey(_ registration: PublicKeyRegistration) throws(CatalogError) -> PublicKeyChange {
        let sealed = try sealer.seal(registration.key)
        return try reportingFailures("update", path) {
            try queue.writeWithoutTransaction { database in
                var change = PublicKeyChange.added
                try database.inTransaction(.immediate) {
                    if let stored = try SQLiteKeys(database: database).sealedKey(of: registration.clientID) {
                        change = sealer.open(stored) == registration.key ? .unchanged : .replaced
                    }
                    if change != .unchanged {
                        try store(sealed, for: registration, in: database)
                    }
                    return .commit
                }
                return change
            }
        }
    }

    package func publicKey(of clientID: String) throws(CatalogError) -> [UInt8]? {
        let stored = try reportingFailures("read", path) {
            try queue.read { try SQLiteKeys(database: $0).sealedKey(of: clientID) }
        }
        guard let stored else { return nil }
        guard let key = sealer.open(stored) else {
            throw CatalogError(
                .corrupt,
                "the public key of \(clientID) in the catalog \(path) does not decrypt",
                remedy: "let the client register its key again"
            )
        }
        return key
    }

    package func publicKeys(limit: Int) throws(CatalogError) -> [String: [UInt8]] {
        let rows = try reportingFailures("read", path) {
            try queue.read { try SQLiteKeys(database: $0).rows(openedBy: sealer, limit: limit) }
        }
        return rows.reduce(into: [:]) { keys, row in keys[row.clientID] = row.publicKey }
    }

    /// A wrong key must be found at the start, not by the first sender that asks for a receiver's key.
    /// One damaged row says nothing about the key, so that any row that opens will do.
    func checkKey(_ database: Database) throws {
        let stored = try SQLiteKeys(database: database).sealedKeys(limit: 64)
        guard !stored.isEmpty, !stored.contains(where: { sealer.open($0) != nil }) else { return }
        throw CatalogError(
            .keyMismatch,
            "aes_key does not decrypt the public keys in the catalog \(path)",
            remedy: "set [encryption] aes_key to the key that the catalog was written with"
        )
    }

    private func store(
        _ sealed: SealedPublicKey,
        for registration: PublicKeyRegistration,
        in database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO public_keys (client_id, public_key_ciphertext, nonce, tag, algorithm)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (client_id) DO UPDATE SET public_key_ciphertext = excluded.public_key_ciphertext,
                    nonce = excluded.nonce, tag = excluded.tag, algorithm = excluded.algorithm
                """
        )
        .execute(arguments: [
            registration.clientID, sealed.ciphertext, sealed.nonce, sealed.tag, sealed.algorithm?.rawValue,
        ])
        try database.cachedStatement(
            sql: """
                INSERT INTO cmq_key_history (client_id, fingerprint, registered_time, registered_by)
                VALUES (?, ?, ?, ?)
                """
        )
        .execute(arguments: [
            registration.clientID, registration.fingerprint,
            CatalogTime(microseconds: registration.time).description, registration.registeredBy,
        ])
        // A client that keeps registering other keys must not fill the disk.
        try database.cachedStatement(
            sql: """
                DELETE FROM cmq_key_history WHERE client_id = ?1 AND id <= (
                    SELECT id FROM cmq_key_history WHERE client_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                """
        )
        .execute(arguments: [registration.clientID, keyHistoryLimit])
    }
}
