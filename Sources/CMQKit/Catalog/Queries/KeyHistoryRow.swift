/// A registration of a public key.
package struct KeyHistoryRow: Sendable, Equatable, Codable {
    package var clientID: String
    package var fingerprint: String
    package var registeredTime: CatalogTime?
    package var registeredBy: String

    private enum CodingKeys: String, CodingKey {
        case clientID = "client_id"
        case fingerprint
        case registeredTime = "registered_time"
        case registeredBy = "registered_by"
    }
}
