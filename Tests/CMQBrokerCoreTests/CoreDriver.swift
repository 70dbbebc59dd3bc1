import CMQBrokerCore
import CMQWire

/// Drives a core by hand: sessions by name, a clock that moves when told, and a journal in memory
/// whose syncs happen when told.
struct CoreDriver {
    private(set) var core: BrokerCore
    private(set) var records: [BrokerRecord] = []
    private var outputs: [Effects.Output] = []
    private var sessions: [String: SessionID] = [:]
    private var nextSession: UInt64 = 1
    /// Tickets up to this one are durable.
    private(set) var durable: UInt64 = 0
    private(set) var settled: [UInt64] = []
    var now = CoreTime(monotonic: 1, wall: 1_000_000)

    init(limits: CoreLimits = CoreLimits()) {
        core = BrokerCore(limits: limits)
    }

    /// The core that a restart would build from the records so far, perhaps with other limits.
    func recovered(throughCheckpoint cut: Int? = nil, limits: CoreLimits? = nil) throws -> CoreDriver {
        var driver = CoreDriver(limits: limits ?? core.limits)
        let rest: ArraySlice<BrokerRecord>
        if let cut {
            var early = BrokerCore(limits: core.limits)
            for (index, record) in records[..<cut].enumerated() { try early.replay(record, at: UInt64(index)) }
            early.finishRecovery()
            try early.checkpoint().withUnsafeBytes { try driver.core.restore(checkpoint: $0) }
            rest = records[cut...]
        } else {
            rest = records[...]
        }
        for (index, record) in zip(rest.indices, rest) {
            var bytes: [UInt8] = []
            record.encode(into: &bytes)
            if case .published(let published) = record {
                bytes += [UInt8](repeating: 0x20, count: published.lineBytes)
            }
            let decoded = try bytes.withUnsafeBytes {
                try BrokerRecord.decode(kind: record.kind.rawValue, payload: $0).record
            }
            try driver.core.replay(decoded, at: UInt64(index))
        }
        driver.core.finishRecovery()
        driver.now = now
        driver.records = records
        return driver
    }

    mutating func connect(_ name: String, as identity: String? = nil, admin: Bool = false) {
        let session = SessionID(nextSession)
        nextSession += 1
        sessions[name] = session
        core.connected(session, identity: identity ?? name, isAdmin: admin)
    }

    mutating func disconnect(_ name: String) {
        guard let session = sessions.removeValue(forKey: name) else { return }
        act { core, now, effects in core.disconnected(session, now: now, effects: &effects) }
    }

    mutating func act(_ body: (inout BrokerCore, CoreTime, inout Effects) -> Void) {
        var effects = Effects()
        body(&core, now, &effects)
        absorb(effects)
    }

    private mutating func absorb(_ effects: Effects) {
        records += effects.records
        outputs += effects.outputs
        settled += effects.settledLocations
    }

    /// Makes everything recorded so far durable.
    mutating func sync() {
        repeat {
            durable = core.ticket
            let through = durable
            act { core, now, effects in core.committed(through: through, now: now, effects: &effects) }
        } while durable < core.ticket
    }

    /// Time passes.
    mutating func wait(seconds: Double) {
        now.monotonic += UInt64(seconds * 1e9)
        now.wall += Int64(seconds * 1e6)
        act { core, now, effects in core.tick(now: now, effects: &effects) }
        sync()
    }

    /// The lines that `name` has seen since it was last asked; those that wait for a sync stay.
    mutating func lines(_ name: String) -> [String] {
        guard let session = sessions[name] else { return [] }
        var lines: [String] = []
        var kept: [Effects.Output] = []
        var isBlocked = false
        for output in outputs {
            switch output {
            case .reply(session, let reply, let ticket):
                isBlocked = isBlocked || ticket > durable
                if isBlocked { kept.append(output) } else { lines.append(reply.line) }
            case .delivery(session, let delivery):
                if isBlocked { kept.append(output) } else { lines.append("> \(identity(at: delivery.location))") }
            default: kept.append(output)
            }
        }
        outputs = kept
        return lines
    }

    private func identity(at location: UInt64) -> String {
        if case .published(let record) = records[Int(location)] { return record.id.description }
        return "?"
    }

    // MARK: Commands

    mutating func declare(queue: String, by name: String) {
        with(name) { core, session, now, effects in
            core.declareQueue(queue, session: session, now: now, effects: &effects)
        }
    }

    mutating func declare(exchange: String, kind: String? = nil, by name: String) {
        with(name) { core, session, now, effects in
            core.declareExchange(exchange, kind: kind, session: session, now: now, effects: &effects)
        }
    }

    mutating func bind(_ first: String, _ second: String, _ key: String, by name: String) {
        with(name) { core, session, now, effects in
            core.bind(first, second, routingKey: key, session: session, now: now, effects: &effects)
        }
    }

    /// Declares and binds `queue` to the exchange `x` with its own name as the key.
    mutating func setUp(queue: String, by name: String) {
        declare(queue: queue, by: name)
        declare(exchange: "x", by: name)
        bind(queue, "x", queue, by: name)
        sync()
        _ = lines(name)
    }

    mutating func publish(
        _ id: String,
        to key: String,
        exchange: String = "x",
        receiver: String? = nil,
        size: Int = 100,
        inBatch: Bool = false,
        by name: String
    ) {
        guard let messageID = MessageID(id) else { return }
        let publication = BrokerCore.Publication(
            exchange: exchange,
            routingKey: key,
            id: messageID,
            receiver: receiver,
            size: size,
            isInBatch: inBatch
        )
        let base = records.count
        with(name) { core, session, now, effects in
            if let number = core.publish(publication, session: session, now: now, effects: &effects) {
                core.place(number, at: UInt64(base + effects.records.count - 1))
            }
        }
    }

    mutating func consume(_ queue: String, prefetch: Int? = nil, by name: String) {
        with(name) { core, session, now, effects in
            core.consume(queue, prefetch: prefetch, session: session, now: now, effects: &effects)
        }
    }

    mutating func fetch(_ queue: String, by name: String) {
        with(name) { core, session, now, effects in
            core.fetch(queue, session: session, now: now, effects: &effects)
        }
    }

    mutating func ack(_ id: String, by name: String) {
        guard let id = MessageID(id) else { return }
        with(name) { core, session, now, effects in
            core.acknowledge(id, session: session, now: now, effects: &effects)
        }
    }

    mutating func release(_ id: String? = nil, by name: String) {
        with(name) { core, session, now, effects in
            core.release(id.flatMap { MessageID($0) }, session: session, now: now, effects: &effects)
        }
    }

    mutating func reject(_ id: String, _ reason: String, by name: String) {
        guard let id = MessageID(id) else { return }
        with(name) { core, session, now, effects in
            core.reject(id, reason: reason, session: session, now: now, effects: &effects)
        }
    }

    mutating func resend(_ id: String, by name: String) {
        guard let id = MessageID(id) else { return }
        with(name) { core, session, now, effects in
            core.resend(id, session: session, now: now, effects: &effects)
        }
    }

    mutating func redrive(_ queue: String, by name: String) {
        with(name) { core, session, now, effects in
            core.redriveAll(queue, session: session, now: now, effects: &effects)
        }
    }

    mutating func purge(_ queue: String, by name: String) {
        with(name) { core, session, now, effects in
            core.purge(queue, session: session, now: now, effects: &effects)
        }
    }

    mutating func taken(_ bytes: Int, by name: String) {
        with(name) { core, session, now, effects in
            core.outputTaken(session: session, bytes: bytes, now: now, effects: &effects)
        }
    }

    func queue(_ name: String) -> BrokerStatistics.Queue? {
        core.statistics(now: now).queues.first { $0.name == name }
    }

    private mutating func with(
        _ name: String,
        _ body: (inout BrokerCore, SessionID, CoreTime, inout Effects) -> Void
    ) {
        guard let session = sessions[name] else { return }
        act { core, now, effects in body(&core, session, now, &effects) }
    }
}
