internal import CMQWire

/// What is known of a published message.
public enum PublishOutcome: Sendable, Equatable {
    /// The broker has it on disk.
    case done
    /// The broker does not have it and never will, for the reason it gave.
    case notDone(reason: String)
    /// It may or may not have arrived: no answer came. Publishing it again with the same
    /// message identity is safe, because the broker keeps one of them.
    case unknown(BrokerClientError)
}

/// The outcome of one message, with the ticket that it was published under.
package struct PublishReport: Sendable, Equatable {
    package var ticket: UInt64
    package var outcome: PublishOutcome

    package init(ticket: UInt64, outcome: PublishOutcome) {
        self.ticket = ticket
        self.outcome = outcome
    }
}
