/// `[delivery]`: how often a message is tried, and what becomes of it then.
package struct DeliverySettings: Sendable {
    package var lease = Duration.seconds(60)
    package var maxDeliveries = 20

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
    ]
}
