package import TestSupport

/// What a run is asked to do.
package struct TortureSettings: Sendable {
    /// Decides about every fault and every line.
    package var seed: UInt64
    /// How long things are broken; the end takes some seconds more.
    package var duration: Duration
    package var engine: ToolkitFixture.Engine
    package var senders: Int
    package var receivers: Int

    package init(
        seed: UInt64,
        duration: Duration,
        engine: ToolkitFixture.Engine,
        senders: Int = 4,
        receivers: Int = 2
    ) {
        self.seed = seed
        self.duration = duration
        self.engine = engine
        self.senders = senders
        self.receivers = receivers
    }

    /// The command that does the same again.
    package var command: String {
        "make torture SEED=\(seed) SECONDS=\(duration.components.seconds) "
            + "ENGINE=\(engine == .sqlite ? "sqlite" : "postgresql") SENDERS=\(senders) RECEIVERS=\(receivers)"
    }
}
