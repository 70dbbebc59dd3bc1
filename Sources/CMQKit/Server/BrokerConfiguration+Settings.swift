internal import CMQBrokerCore
internal import CMQConfiguration
internal import NIOCore

extension Duration {
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

extension CoreLimits {
    init(_ configuration: BrokerConfiguration) {
        self.init()
        let limits = configuration.limits
        nameBytes = limits.nameBytes
        queues = limits.queues
        exchanges = limits.exchanges
        bindings = limits.bindings
        messageBytes = limits.messageBytes
        queueMessages = limits.queueMessages
        queueBytes = limits.queueBytes
        messageAge = limits.messageAge.wholeNanoseconds / 1_000
        prefetchDefault = limits.inFlightPerConsumer
        sessionOutputBytes = limits.outputBufferBytes
        lease = UInt64(configuration.delivery.lease.wholeNanoseconds)
        maxDeliveries = configuration.delivery.maxDeliveries
        deduplicationWindow = limits.deduplicationWindow.wholeNanoseconds / 1_000
        deduplicationIDs = limits.deduplicationIDs
        enforcesReceiver = configuration.security.enforceReceiver
    }
}

extension BrokerLoopSettings {
    init(_ configuration: BrokerConfiguration) {
        self.init()
        admins = Set(configuration.security.admins)
        connectionsPerIdentity = configuration.limits.connectionsPerIdentity
        bodyMemoryBytes = configuration.limits.bodyMemoryBytes
        checkpointBytes = configuration.journal.checkpointBytes
        projectionLagBytes = configuration.journal.projectionLagBytes
        // Often enough for the shortest lease, never so often that an idle broker is busy.
        let quarterLease = configuration.delivery.lease.wholeNanoseconds / 4_000_000
        tickMilliseconds = min(max(quarterLease, 25), 1_000)
    }
}

extension SessionSettings {
    init(_ configuration: BrokerConfiguration) {
        self.init()
        let limits = configuration.limits
        lineBytesMax = limits.lineBytes
        unansweredBytesMax = limits.publishInFlightBytesPerConnection
        outputBufferBytes = limits.outputBufferBytes
        memoryBytes = limits.sessionMemoryBytes
        handshakeTimeout = .nanoseconds(configuration.tls.handshakeTimeout.wholeNanoseconds)
        let idle = limits.idleTimeout.wholeNanoseconds
        idleTimeout = idle > 0 ? .nanoseconds(idle) : nil
        anonymousIdentity = BrokerConfiguration.anonymousIdentity
    }
}
