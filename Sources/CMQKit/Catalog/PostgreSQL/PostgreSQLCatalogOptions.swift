package import CMQPostgreSQL
package import CMQSecrets

/// Where a PostgreSQL catalog is and how it is kept.
package struct PostgreSQLCatalogOptions: Sendable {
    package var server: PostgreSQLParameters
    /// 32 bytes.
    package var aesKey: SecretBytes
    /// How newly registered keys are encrypted. Stored ones are read whichever it is.
    package var keyAlgorithm: KeyAlgorithm
    /// How many registrations the history keeps for each client.
    package var keyHistoryLimit: Int

    package init(
        server: PostgreSQLParameters,
        aesKey: SecretBytes,
        keyAlgorithm: KeyAlgorithm = .aes256GCM,
        keyHistoryLimit: Int = 100
    ) {
        self.server = server
        self.aesKey = aesKey
        self.keyAlgorithm = keyAlgorithm
        self.keyHistoryLimit = keyHistoryLimit
    }
}
