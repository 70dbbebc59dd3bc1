/// `[delivery]`: how often a message is tried, and what becomes of it then.
package struct DeliverySettings: Sendable {
    /// What happens to a message that is older than `limits.message_age`.
    package enum Expired: String, CaseIterable, Sendable {
        case deadLetter = "dead-letter"
        case discard
    }

    package var lease = Duration.seconds(60)
    package var maxDeliveries = 20
    package var expired = Expired.deadLetter
    package var deadLetterSuffix = ".dead"

    static let schema: [Setting] = [
        .duration(
            .delivery,
            "lease",
            \.delivery.lease,
            in: .milliseconds(100)...(.seconds(7 * 86_400)),
            "How long a consumer may hold a message without acknowledging it before it is delivered again."
        ),
        .integer(
            .delivery,
            "max_deliveries",
            \.delivery.maxDeliveries,
            in: 1...1_000_000,
            "Deliveries without an acknowledgement after which a message goes to the dead-letter queue."
        ),
        .choice(
            .delivery,
            "expired",
            \.delivery.expired,
            "Whether a message that is older than `limits.message_age` goes to the dead-letter queue or is discarded."
        ),
        .text(
            .delivery,
            "dead_letter_suffix",
            \.delivery.deadLetterSuffix,
            "What is added to a queue's name to name its dead-letter queue."
        ),
    ]
}
