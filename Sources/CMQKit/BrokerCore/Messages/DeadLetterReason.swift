/// Why a message was taken out of its queue. The numbers stand in journals: never use one again.
package enum DeadLetterReason: UInt8, Sendable, CaseIterable {
    case none = 0
    /// It waited longer than the configured message age.
    case expired = 1
    /// It was delivered too often without an acknowledgement.
    case maxDeliveries = 2
    /// The receiver has no key that opens it.
    case noKey = 3
    /// The receiver's check of the authentication tag failed.
    case badTag = 4
    /// The receiver cannot read the envelope.
    case malformed = 5
    /// The receiver does not know the envelope's suite.
    case unknownSuite = 6
    /// The receiver refused it for a reason of its own.
    case rejected = 7

    /// The word that tools and the catalog show.
    package var word: String {
        switch self {
        case .none: "none"
        case .expired: "expired"
        case .maxDeliveries: "max_deliveries"
        case .noKey: "no_key"
        case .badTag: "bad_tag"
        case .malformed: "malformed"
        case .unknownSuite: "unknown_suite"
        case .rejected: "rejected"
        }
    }

    /// The reason that a receiver gives; an unknown word means that it was rejected.
    package init(receiverWord word: String) {
        let reasons: [DeadLetterReason] = [.noKey, .badTag, .malformed, .unknownSuite]
        self = reasons.first { $0.word == word } ?? .rejected
    }
}
