/// How much a ``Publisher`` has under way, and when it gives up.
package struct PublisherLimits: Sendable {
    /// The most messages without an answer.
    package var window = 1_000
    /// The most bytes of messages without an answer.
    package var windowBytes = 64 << 20
    /// The most messages that are handed to the connection together.
    package var batch = 256
    /// How often a message is sent again after a refusal, and how often in a row a connection is made again.
    package var retries = 3
    /// Whether a message that is refused for now is tried again without end: for a caller that has it elsewhere,
    /// too, and decides itself when to end.
    package var keepsRefused = false
    /// The waits between attempts.
    package var backoff = Backoff()

    package init() {}
}
