/// How far the catalog follows the journal.
package struct ProjectionRow: Sendable, Equatable, Codable {
    package var journalID: String
    /// Everything up to here is in the catalog.
    package var position: UInt64
    package var updatedTime: CatalogTime?

    private enum CodingKeys: String, CodingKey {
        case journalID = "journal_id"
        case position
        case updatedTime = "updated_time"
    }
}
