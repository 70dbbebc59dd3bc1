internal import CMQBrokerCore

/// What the broker loop needs to know of the configuration.
struct BrokerLoopSettings: Sendable {
    /// When the broker started, on the monotonic clock.
    var startedAt = BrokerClock.now().monotonic
    var admins: Set<String> = []
    var connectionsPerIdentity = Int.max
    var bodyMemoryBytes = 64 << 20
    var checkpointBytes = 256 << 20
    var projectionLagBytes = 1 << 30
    /// When no more than this is on its way to the disk, inputs that were held back go on.
    var journalResumeBytes = 32 << 20
    /// How often leases and ages are looked at, in milliseconds.
    var tickMilliseconds: Int64 = 1_000
    /// Called once when the journal has failed; the broker has to end then.
    var onFailure: @Sendable (String) -> Void = { _ in }
}
