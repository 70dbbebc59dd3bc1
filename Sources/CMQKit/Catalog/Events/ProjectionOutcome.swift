/// What became of a batch of events.
package struct ProjectionOutcome: Sendable, Equatable {
    /// Whether the batch went beyond the recorded position, and so was applied.
    package var isApplied: Bool
    /// Messages none of whose events had an effect: the catalog does not know them (it was deleted, or
    /// they are pruned), or another sender's message has their id. Worth a warning in the log.
    package var ignoredMessages: Int

    package init(isApplied: Bool, ignoredMessages: Int) {
        self.isApplied = isApplied
        self.ignoredMessages = ignoredMessages
    }
}
