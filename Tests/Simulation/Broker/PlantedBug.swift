/// Mistakes that the loop around the core could make, for showing that the simulation finds them.
package enum PlantedBug: String, CaseIterable, Sendable {
    /// A reply leaves before the record that it speaks of is durable.
    case repliesBeforeDurable
    /// Consumers see messages as soon as they are written.
    case visibleBeforeDurable
    /// A checkpoint is written before the journal is durable up to its position.
    case checkpointBeforeDurable
    /// The core is not told that a connection ended.
    case forgetsDisconnect
    /// A sync that failed is taken for one that worked.
    case ignoresSyncFailure
    /// Replies that wait for the disk leave when it fails.
    case answersAfterFailure
    /// Segments go although unsettled messages lie in them.
    case retiresUnsettled
    /// A message counts as settled for its segment before the record that settles it is durable.
    case unledgersBeforeDurable
    /// Segments go before the catalog has read them.
    case retiresUnprojected
    /// Recovery leaves out the record right behind the checkpoint.
    case skipsARecordAtRecovery
    /// The core is not told that the peer took its lines.
    case forgetsOutputTaken
    /// Bursts that were held back are worked off newest first.
    case resumesBackwards
    /// The catalog's batch is applied again after an answer that was lost.
    case projectsTwice
    /// What a session sends behind a message that is held back overtakes it.
    case overtakesHeldPublishers
    /// What a session sends behind a fetch that waits overtakes it.
    case overtakesStalledFetches
    /// A fetch that waits until the client has taken its messages waits for ever.
    case forgetsStalledFetches
    /// Records that nobody waits for are not committed.
    case forgetsLateCommits
    /// A broker that is stopped does not wait for its disk.
    case stopsBeforeDurable
}
