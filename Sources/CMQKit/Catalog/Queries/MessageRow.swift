/// A message's audit trail.
package struct MessageRow: Sendable, Equatable, Codable {
    package var messageID: String
    /// The sender.
    package var clientID: String?
    /// The identity that the envelope names.
    package var receiverClientID: String?
    /// The client that acknowledged the message, or until then got it last; `nil` with several copies.
    package var consumerClientID: String?
    package var exchangeName: String?
    package var routingKey: String?
    /// The queue; `nil` with several copies.
    package var queueName: String?
    package var deadLetterQueue: String?
    /// The number of queues that got a copy.
    package var copies: Int
    package var state: MessageState
    /// Why it was dead-lettered.
    package var reason: String?
    /// How often it was handed to a client, over all copies.
    package var deliveries: Int
    /// The length of the envelope in bytes; `nil` in a row of an earlier version.
    package var sizeBytes: Int?
    package var sentTime: CatalogTime?
    /// The first delivery.
    package var deliveredTime: CatalogTime?
    /// When the last copy was acknowledged.
    package var acknowledgedTime: CatalogTime?
    /// When it was dead-lettered or purged.
    package var removedTime: CatalogTime?

    private enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case clientID = "client_id"
        case receiverClientID = "receiver_client_id"
        case consumerClientID = "consumer_client_id"
        case exchangeName = "exchange_name"
        case routingKey = "routing_key"
        case queueName = "queue_name"
        case deadLetterQueue = "dead_letter_queue"
        case copies
        case state
        case reason
        case deliveries
        case sizeBytes = "size_bytes"
        case sentTime = "sent_time"
        case deliveredTime = "delivered_time"
        case acknowledgedTime = "acknowledged_time"
        case removedTime = "removed_time"
    }
}
