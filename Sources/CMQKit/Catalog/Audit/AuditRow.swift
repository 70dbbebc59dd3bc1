/// What became of one sender's messages to one receiver:
/// `sent = acknowledged + missing + dead + purged`.
package struct AuditRow: Sendable, Equatable, Codable {
    /// The sender; `nil` where a row of an earlier version names none.
    package var clientID: String?
    /// The addressed identity; for a message that names none, the client that took it.
    package var receiverClientID: String?
    package var sent = 0
    /// Delivered at least once, whatever came afterwards.
    package var delivered = 0
    package var acknowledged = 0
    /// Neither acknowledged nor dead nor purged.
    package var missing = 0
    package var dead = 0
    package var purged = 0
    /// Missing, and sent before the time in the query.
    package var overdue = 0
    /// When the oldest missing message was sent.
    package var oldestMissingTime: CatalogTime?
    /// From sending to the first delivery.
    package var deliveryLatency: LatencySummary?
    /// From sending to the last acknowledgement.
    package var acknowledgementLatency: LatencySummary?

    private enum CodingKeys: String, CodingKey {
        case clientID = "client_id"
        case receiverClientID = "receiver_client_id"
        case sent
        case delivered
        case acknowledged
        case missing
        case dead
        case purged
        case overdue
        case oldestMissingTime = "oldest_missing_time"
        case deliveryLatency = "delivery_latency"
        case acknowledgementLatency = "acknowledgement_latency"
    }
}
