/// How much a ``Publisher`` has under way, and when it gives up.
package struct PublisherLimits: Sendable {
    /// The most messages without an answer.
    package var window = 1_000
    /// The most bytes of messages without an answer.
    package var windowBytes = 64 << 20
    /// The most messages that are handed to the connection together.
    package var batch = 256
    /// How often a message is sent again after the first time.
    package var retries = 3
    /// The waits between attempts.
    package var backoff = Backoff()

    package init() {}
}
