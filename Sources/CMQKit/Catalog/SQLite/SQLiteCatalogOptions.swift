package import CMQSecrets

/// Where an SQLite catalog is and how it is kept.
package struct SQLiteCatalogOptions: Sendable {
    package var path: String
    /// 32 bytes.
    package var aesKey: SecretBytes
    /// How newly registered keys are encrypted. Stored ones are read whichever it is.
    package var keyAlgorithm: KeyAlgorithm
    /// The memory for pages of the database: the index on random ids is slow where it does not fit.
    package var cacheBytes: Int
    /// How many registrations the history keeps for each client.
    package var keyHistoryLimit: Int

    package init(
        path: String,
        aesKey: SecretBytes,
        keyAlgorithm: KeyAlgorithm = .aes256GCM,
        cacheBytes: Int = 64 << 20,
        keyHistoryLimit: Int = 100
    ) {
        self.path = path
        self.aesKey = aesKey
        self.keyAlgorithm = keyAlgorithm
        self.cacheBytes = cacheBytes
        self.keyHistoryLimit = keyHistoryLimit
    }
}
