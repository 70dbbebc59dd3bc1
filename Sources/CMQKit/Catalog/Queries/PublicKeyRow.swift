internal import CMQSecrets

/// A registered public key.
package struct PublicKeyRow: Sendable, Equatable, Encodable {
    package var clientID: String
    /// `nil` in a row of an earlier version.
    package var algorithm: KeyAlgorithm?
    /// From the history; `nil` for a key that an earlier version stored.
    package var fingerprint: String?
    package var registeredTime: CatalogTime?
    package var registeredBy: String?
    /// The raw key; `nil` where the reader has no `aes_key`.
    package var publicKey: [UInt8]?

    private enum CodingKeys: String, CodingKey {
        case clientID = "client_id"
        case algorithm
        case fingerprint
        case registeredTime = "registered_time"
        case registeredBy = "registered_by"
        case publicKey = "public_key"
    }

    /// The key itself is written as base64.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(clientID, forKey: .clientID)
        try container.encodeIfPresent(algorithm, forKey: .algorithm)
        try container.encodeIfPresent(fingerprint, forKey: .fingerprint)
        try container.encodeIfPresent(registeredTime, forKey: .registeredTime)
        try container.encodeIfPresent(registeredBy, forKey: .registeredBy)
        try container.encodeIfPresent(publicKey.map { Base64.encode($0) }, forKey: .publicKey)
    }
}
