/// How much the catalog holds.
package struct CatalogTotals: Sendable, Equatable, Codable {
    package var messages = 0
    /// Whether ``messages`` and ``acknowledged`` are the server's estimates: counting a large table takes long.
    package var isEstimate = false
    package var waiting = 0
    package var delivered = 0
    package var acknowledged = 0
    package var dead = 0
    package var purged = 0
    /// When the oldest message was sent that is neither acknowledged nor dead nor purged.
    package var oldestOpenTime: CatalogTime?
    package var keys = 0

    package init() {}

    mutating func add(_ count: Int, in state: MessageState) {
        switch state {
        case .waiting: waiting += count
        case .delivered: delivered += count
        case .acknowledged: acknowledged += count
        case .dead: dead += count
        case .purged: purged += count
        }
    }

    private enum CodingKeys: String, CodingKey {
        case messages
        case isEstimate = "estimated"
        case waiting
        case delivered
        case acknowledged
        case dead
        case purged
        case oldestOpenTime = "oldest_open_time"
        case keys
    }
}
