import CMQBrokerCore
import CMQWire

/// What a broker must know and do, written down a second time and more simply: it follows the records that the
/// core makes and refuses the first one that a promise forbids.
struct ModelBroker {
    var limits: CoreLimits
    var queues: [String] = []
    var queueNumbers: [String: UInt32] = [:]
    var exchanges: [String: ModelExchange] = [:]
    var live: [MessageID: ModelMessage] = [:]
    var settled: [ModelSettled] = []
    var settledStart = 0
    var remembered: [MessageID: ModelSettled] = [:]
    var nextSequence: UInt64 = 1
    var sessions: [SessionID: ModelSession] = [:]
    /// What each holder has, oldest first.
    var holders: [HolderKey: [MessageID]] = [:]
    /// Sequences of ready copies, rising.
    var ready: [LaneKey: [UInt64]] = [:]
    /// Messages that are not durable yet, oldest first.
    var staged: [MessageID] = []
    /// By queue: messages and bytes.
    var load: [(messages: Int, bytes: Int)] = []
    var counters = BrokerCore().counters
    /// The newest first delivery of each lane.
    var firstDelivered: [LaneKey: UInt64] = [:]
    /// Sequences that went through a dead-letter queue or came back at a start: their order is not promised.
    var moved: Set<UInt64> = []

    // For the call at hand.
    var settledNow: [UInt64] = []
    var failuresDue: Set<LeaseName> = []
    var returned: [LeaseName] = []
    var didMatter = false
    /// Redriven, purged or released by the command.
    var affected = 0
    var checksLanes = true

    struct LeaseName: Hashable {
        var id: MessageID
        var queue: UInt32
    }

    init(limits: CoreLimits) {
        self.limits = limits
    }

    var rememberedInOrder: ArraySlice<ModelSettled> { settled[settledStart...] }

    // MARK: Lanes and leases

    func lane(of message: ModelMessage, in queue: UInt32) -> LaneKey {
        LaneKey(queue: queue, receiver: limits.enforcesReceiver ? message.receiver : "")
    }

    mutating func makeReady(_ id: MessageID, _ index: Int) {
        guard let message = live[id] else { return }
        unlease(id, index)
        live[id]?.copies[index].phase = .ready
        let key = lane(of: message, in: message.copies[index].queue)
        let lane = ready[key] ?? []
        let place = lane.firstIndex { $0 > message.sequence } ?? lane.count
        ready[key, default: []].insert(message.sequence, at: place)
    }

    mutating func unlease(_ id: MessageID, _ index: Int) {
        guard let holder = live[id]?.copies[index].holder else { return }
        holders[holder]?.removeAll { $0 == id }
        if holders[holder]?.isEmpty == true { holders[holder] = nil }
    }

    mutating func takeOut(_ id: MessageID, _ index: Int) {
        guard let message = live[id] else { return }
        unlease(id, index)
        if message.copies[index].phase == .ready {
            let key = lane(of: message, in: message.copies[index].queue)
            ready[key]?.removeAll { $0 == message.sequence }
            if ready[key]?.isEmpty == true { ready[key] = nil }
        }
        live[id]?.copies[index].phase = .staged
    }

    mutating func move(_ id: MessageID, _ index: Int, to queue: UInt32, at time: Int64) {
        guard let message = live[id] else { return }
        takeOut(id, index)
        let source = Int(message.copies[index].queue)
        load[source] = (load[source].messages - 1, load[source].bytes - message.size)
        load[Int(queue)] = (load[Int(queue)].messages + 1, load[Int(queue)].bytes + message.size)
        live[id]?.copies[index].queue = queue
        live[id]?.copies[index].enqueuedAt = time
        moved.insert(message.sequence)
    }

    /// Forgets a copy; with the last one the message is settled.
    mutating func drop(_ id: MessageID, _ index: Int, at time: Int64, by record: Int) {
        takeOut(id, index)
        guard var message = live[id] else { return }
        let queue = Int(message.copies[index].queue)
        load[queue] = (load[queue].messages - 1, load[queue].bytes - message.size)
        message.copies.remove(at: index)
        message.settledBy = record
        guard message.copies.isEmpty else {
            live[id] = message
            return
        }
        live[id] = nil
        moved.remove(message.sequence)
        settledNow.append(UInt64(message.location))
        remember(
            ModelSettled(
                id: id,
                sender: message.sender,
                settledAt: time,
                location: message.location,
                settledBy: record
            )
        )
    }

    // MARK: Identities of settled messages

    private mutating func remember(_ entry: ModelSettled) {
        settled.append(entry)
        remembered[entry.id] = entry
        if remembered.count > limits.deduplicationIDs { forgetOldest() }
    }

    mutating func forgetOldest() {
        remembered[settled[settledStart].id] = nil
        settledStart += 1
        if settledStart > 1_000 {
            settled.removeFirst(settledStart)
            settledStart = 0
        }
    }

    mutating func forgetOld(now: CoreTime) {
        let horizon = now.wall - limits.deduplicationWindow
        while settledStart < settled.count, settled[settledStart].settledAt < horizon { forgetOldest() }
    }

    // MARK: Routing and limits

    func route(_ publication: BrokerCore.Publication) -> Set<UInt32> {
        exchanges[publication.exchange]?.route(publication.routingKey) ?? []
    }

    func mustRefuse(_ publication: BrokerCore.Publication) -> Bool {
        let targets = route(publication)
        return targets.isEmpty || targets.count > limits.queuesOfMessage || publication.size > limits.messageBytes
            || publication.routingKey.utf8.count > limits.nameBytes
            || targets.contains { target in
                let load = load[Int(target)]
                return load.messages >= limits.queueMessages || load.bytes + publication.size > limits.queueBytes
            }
    }

    func isDeadLetterQueue(_ queue: UInt32) -> Bool { queues[Int(queue)].hasSuffix(".dead") }

    // MARK: After a crash

    /// The configuration was changed before a start.
    mutating func adopt(_ limits: CoreLimits) {
        self.limits = limits
        while remembered.count > limits.deduplicationIDs { forgetOldest() }
    }

    /// What a start must find: nobody is connected, nothing is leased, everything unsettled is ready.
    func restarted() -> ModelBroker {
        var model = self
        model.sessions = [:]
        model.holders = [:]
        model.ready = [:]
        model.staged = []
        model.firstDelivered = [:]
        model.counters = BrokerCore().counters
        for (id, message) in live {
            for index in message.copies.indices {
                model.live[id]?.copies[index].phase = .staged
                model.makeReady(id, index)
            }
        }
        return model
    }
}
