import CMQBrokerCore

/// What differs from seed to seed: limits, how many clients, how often what goes wrong.
struct Scenario {
    var limits = CoreLimits()
    var publishers: Int
    var receivers: Int
    /// One in so many steps.
    var crashes: Int
    var stops: Int
    var lowDisk: Int
    var resets: Int
    var journalFailures: Int
    var checkpoints: Int
    var outages: Int
    /// Records on their way to the disk beyond which commands are held back.
    var inFlightMax: Int
    /// Records that the catalog may be behind before commands are held back.
    var projectionLagMax: Int
    var segmentRecords: Int
    /// How slow consumers read: one of so many chances is taken.
    var slowness: Int
    var tickMilliseconds: Int

    init(_ chance: inout Chance) {
        limits.lease = UInt64(chance.within(2...60)) * 1_000_000_000
        limits.maxDeliveries = chance.within(1...5)
        limits.queueMessages = chance.within(4...150)
        limits.queuesOfMessage = chance.within(2...12)
        limits.queueBytes = chance.within(1_000...40_000)
        limits.messageBytes = chance.within(100...600)
        limits.sessionOutputBytes = chance.within(100...(chance.oneIn(2) ? 300 : 6_000))
        limits.prefetchDefault = chance.within(1...20)
        limits.prefetchMax = chance.within(2...40)
        limits.queues = chance.within(6...14)
        limits.exchanges = chance.within(4...6)
        limits.bindings = chance.within(12...30)
        limits.deduplicationIDs = chance.within(2...200)
        limits.deduplicationWindow = Int64(chance.within(2...600)) * 1_000_000
        limits.messageAge = chance.oneIn(2) ? 0 : Int64(chance.within(10...300)) * 1_000_000
        limits.enforcesReceiver = !chance.oneIn(6)
        publishers = chance.within(1...3)
        receivers = chance.within(1...4)
        crashes = chance.oneIn(3) ? 12_000 : chance.within(150...3_000)
        stops = chance.within(1_000...8_000)
        lowDisk = chance.within(500...6_000)
        resets = chance.oneIn(3) ? 5_000 : chance.within(30...600)
        journalFailures = chance.within(400...4_000)
        checkpoints = chance.within(20...600)
        outages = chance.within(100...2_000)
        inFlightMax = chance.within(2...120)
        projectionLagMax = chance.within(30...1_000)
        segmentRecords = chance.within(4...40)
        slowness = chance.within(1...6)
        tickMilliseconds = chance.within(300...4_000)
    }
}
