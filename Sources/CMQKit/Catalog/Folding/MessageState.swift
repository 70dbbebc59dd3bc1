/// Where a message or a copy of it stands.
package enum MessageState: String, Sendable, Codable, CaseIterable {
    /// Sent and not yet with any client.
    case waiting
    /// Handed to a client and not acknowledged, also when it came back to its queue since.
    case delivered
    case acknowledged
    /// Given up and put aside with a reason.
    case dead
    /// Deleted on request before anybody acknowledged it.
    case purged

    /// The state of a message with several copies: what still needs a person comes first, and only
    /// a message whose every copy is acknowledged is itself acknowledged.
    static func combined(_ states: some Sequence<MessageState>) -> MessageState {
        states.min { $0.urgency < $1.urgency } ?? .waiting
    }

    private var urgency: Int {
        switch self {
        case .dead: 0
        case .waiting: 1
        case .delivered: 2
        case .purged: 3
        case .acknowledged: 4
        }
    }
}
