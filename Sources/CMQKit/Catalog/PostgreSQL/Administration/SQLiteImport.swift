package import CMQSecrets

/// An SQLite catalog that is to be taken over.
package struct SQLiteImport: Sendable {
    /// An embedded catalog of this broker, or the `public_keys.db` of an earlier version.
    package var path: String
    /// The 32 bytes that its public keys are encrypted under.
    package var sourceKey: SecretBytes
    /// The 32 bytes that they are to be encrypted under.
    package var targetKey: SecretBytes

    package init(path: String, sourceKey: SecretBytes, targetKey: SecretBytes) {
        self.path = path
        self.sourceKey = sourceKey
        self.targetKey = targetKey
    }
}

/// What an import did.
package struct ImportOutcome: Sendable, Equatable, Codable {
    package var messages = 0
    /// Messages that the database had already.
    package var knownMessages = 0
    package var copies = 0
    package var keys = 0
    /// Clients whose keys the database had already.
    package var knownKeys = 0
    package var registrations = 0
    package var queues = 0
    /// Whether a broker with the same journal goes on where the SQLite catalog was.
    package var carriesPosition = false

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case messages
        case knownMessages = "known_messages"
        case copies
        case keys
        case knownKeys = "known_keys"
        case registrations
        case queues
        case carriesPosition = "carries_position"
    }
}
