package import CMQClient
package import CMQCrypto

/// What `cmq-recv` is asked to do, with every source of settings already considered.
package struct ReceiveRequest: Sendable {
    /// Which part of a message is handed on.
    package enum Field: String, CaseIterable, Sendable {
        /// What the sender wrapped.
        case content
        /// The whole plaintext, as JSON.
        case full
        /// The bytes of the plaintext as they are.
        case raw
    }

    package enum Target: Sendable, Equatable {
        case standardOutput
        /// Appends to a file, each message once.
        case file(String)
        /// Runs a shell command for each message.
        case command(String)
    }

    package var settings: ClientSettings
    package var subscriptions: [Subscription]
    package var keys: OpeningKeys
    package var target = Target.standardOutput
    package var field = Field.full
    /// How many messages to take; all that come when `nil`.
    package var count: Int?
    /// Whether to end when nothing is ready.
    package var untilEmpty = false
    /// When to give up.
    package var timeout: Duration?
    package var acknowledges = true
    package var registersKey = true
    package var declares = true
    package var prefetch = 1_000
    package var backoff = Backoff(base: .milliseconds(500), longest: .seconds(10))
    /// How long to try to reach the broker. When `nil`: once at the start, without end after a loss.
    package var wait: Duration?

    package init(settings: ClientSettings, subscriptions: [Subscription], keys: OpeningKeys) {
        self.settings = settings
        self.subscriptions = subscriptions
        self.keys = keys
    }
}
