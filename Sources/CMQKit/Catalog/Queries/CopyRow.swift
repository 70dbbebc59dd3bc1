/// The audit trail of one of several copies of a message.
package struct CopyRow: Sendable, Equatable, Codable {
    package var messageID: String
    package var queueName: String
    package var deadLetterQueue: String?
    /// The client that acknowledged the copy, or until then got it last.
    package var consumerClientID: String?
    package var state: MessageState
    package var reason: String?
    package var deliveries: Int
    package var deliveredTime: CatalogTime?
    package var acknowledgedTime: CatalogTime?
    package var removedTime: CatalogTime?

    private enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case queueName = "queue_name"
        case deadLetterQueue = "dead_letter_queue"
        case consumerClientID = "consumer_client_id"
        case state
        case reason
        case deliveries
        case deliveredTime = "delivered_time"
        case acknowledgedTime = "acknowledged_time"
        case removedTime = "removed_time"
    }
}
