internal import CMQPostgreSQL

extension PostgreSQLCatalog {
    @discardableResult
    package func registerPublicKey(_ registration: PublicKeyRegistration) throws(CatalogError) -> PublicKeyChange {
        let sealed = try sealer.seal(registration.key)
        let (sealer, limit) = (sealer, keyHistoryLimit)
        return try reportingFailures("update", server) {
            try keys.perform { connection in
                try connection.transaction(timeout: Self.keyTimeout) { () throws(PostgreSQLError) in
                    var change = PublicKeyChange.added
                    let stored = try PostgreSQLKeys(connection: connection)
                        .sealedKey(of: registration.clientID, isLocked: true)
                    if let stored {
                        change = sealer.open(stored) == registration.key ? .unchanged : .replaced
                    }
                    if change != .unchanged {
                        try Self.store(sealed, for: registration, keeping: limit, on: connection)
                    }
                    return change
                }
            }
        }
    }

    package func publicKey(of clientID: String) throws(CatalogError) -> [UInt8]? {
        let stored = try reportingFailures("read", server) {
            try keys.perform { try PostgreSQLKeys(connection: $0).sealedKey(of: clientID) }
        }
        guard let stored else { return nil }
        guard let key = sealer.open(stored) else {
            throw CatalogError(
                .corrupt,
                "the public key of \(clientID) in the catalog \(server) does not decrypt",
                remedy: "let the client register its key again"
            )
        }
        return key
    }

    package func publicKeys(limit: Int) throws(CatalogError) -> [String: [UInt8]] {
        let sealer = sealer
        return try reportingFailures("read", server) {
            try keys.perform { connection in
                try PostgreSQLKeys(connection: connection).rows(openedBy: sealer, limit: limit)
                    .reduce(into: [:]) { keys, row in keys[row.clientID] = row.publicKey }
            }
        }
    }

    private static func store(
        _ sealed: SealedPublicKey,
        for registration: PublicKeyRegistration,
        keeping limit: Int,
        on connection: PostgreSQLConnection
    ) throws(PostgreSQLError) {
        _ = try connection.pipeline(
            [
                (
                    """
                    INSERT INTO public_keys (client_id, public_key_ciphertext, nonce, tag, algorithm)
                    VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT (client_id) DO UPDATE SET public_key_ciphertext = excluded.public_key_ciphertext,
                        nonce = excluded.nonce, tag = excluded.tag, algorithm = excluded.algorithm
                    """,
                    [
                        .text(registration.clientID), .text(sealed.ciphertext), .text(sealed.nonce),
                        .text(sealed.tag), .text(sealed.algorithm?.rawValue),
                    ]
                ),
                (
                    """
                    INSERT INTO cmq_key_history (client_id, fingerprint, registered_time, registered_by)
                    VALUES ($1, $2, $3, $4)
                    """,
                    [
                        .text(registration.clientID), .text(registration.fingerprint),
                        .text(CatalogTime(microseconds: registration.time).description),
                        .text(registration.registeredBy),
                    ]
                ),
                // A client that keeps registering other keys must not fill the disk.
                (
                    """
                    DELETE FROM cmq_key_history WHERE client_id = $1 AND id <= (
                        SELECT id FROM cmq_key_history WHERE client_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)
                    """,
                    [.text(registration.clientID), .integer(Int64(limit))]
                ),
            ],
            timeout: keyTimeout
        )
    }
}
