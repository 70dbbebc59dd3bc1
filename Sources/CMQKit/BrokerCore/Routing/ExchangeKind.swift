/// How an exchange picks queues. The numbers stand in journals.
package enum ExchangeKind: UInt8, Sendable, CaseIterable {
    /// Queues bound with exactly the routing key.
    case direct = 0
    /// Every bound queue.
    case fanout = 1
    /// Queues whose binding key matches as a pattern: `*` is one word, `#` any number of words (AMQP 0-9-1).
    case topic = 2

    package init?(word: String) {
        guard let kind = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = kind
    }

    package var word: String {
        switch self {
        case .direct: "direct"
        case .fanout: "fanout"
        case .topic: "topic"
        }
    }
}
