/// The engine that holds a catalog, and how it is doing.
package struct DatabaseRow: Sendable, Equatable, Codable {
    /// A standby that follows the server.
    package struct Replica: Sendable, Equatable, Codable {
        /// Its `application_name`.
        package var name: String
        /// `streaming`, `catchup`, …; `nil` where the role may not see it.
        package var state: String?
        /// How much it has still to replay, in bytes.
        package var lagBytes: Int?

        private enum CodingKeys: String, CodingKey {
            case name
            case state
            case lagBytes = "lag_bytes"
        }
    }

    /// `sqlite` or `postgresql`.
    package var engine: String
    /// The engine's own version: `15.8`.
    package var version: String
    /// The version of the tables.
    package var schemaVersion: Int
    /// The size of the tables and their indexes, or of the file.
    package var sizeBytes: Int
    /// Whether the server is itself a standby; `nil` for SQLite.
    package var isStandby: Bool?
    /// `nil` for SQLite.
    package var replicas: [Replica]?

    private enum CodingKeys: String, CodingKey {
        case engine
        case version
        case schemaVersion = "schema_version"
        case sizeBytes = "size_bytes"
        case isStandby = "is_standby"
        case replicas
    }
}
