import CMQBrokerCore
import CMQWire

/// A broker, its disk, its catalog and its clients, and everything that goes wrong between them, from one seed.
package final class World {
    package struct Figures: Sendable, Equatable {
        package var steps = 0
        package var crashes = 0
        package var stops = 0
        package var recordsLostInCrashes = 0
        package var journalFailures = 0
        package var resets = 0
        package var checkpoints = 0
        package var outages = 0
        package var records = 0
        package var redelivered: UInt64 = 0
        package var leasesExpired: UInt64 = 0
        package var deadLettered: UInt64 = 0
        package var duplicates: UInt64 = 0
        package var refused: UInt64 = 0

        package init() {}
    }

    let seed: UInt64
    let bug: PlantedBug?
    /// At every so manyth step all that the core knows is compared with the model.
    private let stateEvery: Int
    /// The limits may change with a start.
    var scenario: Scenario
    var chance: Chance
    var now = CoreTime(monotonic: 1_000_000_000, wall: 1_700_000_000_000_000)
    let journal: SimulatedJournal
    var catalog = SimulatedCatalog()
    /// `nil` while the broker is down.
    var loop: LoopModel?
    var clients: [SimulatedClient] = []
    var connections: [Connection] = []
    var history = History()
    var purged: Set<MessageID> = []
    /// Positions that became durable, on their way to the loop.
    var durabilityNews: [Int] = []
    /// The journal's thread has seen an error; the loop is told later.
    var failureNews = false
    var nextConnection: UInt64 = 1
    var untilTick: Int
    package internal(set) var figures = Figures()
    /// What happened last; kept only when asked for.
    package private(set) var trace: [String] = []
    private let isTracing: Bool
    private var digest: UInt64 = 0

    package init(seed: UInt64, bug: PlantedBug? = nil, stateEvery: Int = 1, isTracing: Bool = false) {
        self.seed = seed
        self.stateEvery = stateEvery
        self.bug = bug
        self.isTracing = isTracing
        chance = Chance(seed: seed)
        scenario = Scenario(&chance)
        journal = SimulatedJournal(segmentRecords: scenario.segmentRecords, limits: scenario.limits)
        untilTick = scenario.tickMilliseconds
        for number in 0..<scenario.publishers { add("p\(number)", .publisher) }
        for number in 0..<scenario.receivers {
            // Some receivers have two connections of the same identity.
            for _ in 0..<chance.within(1...2) { add("r\(number)", .receiver) }
        }
        add("admin", .administrator)
    }

    func add(_ identity: String, _ role: SimulatedClient.Role) {
        clients.append(SimulatedClient(number: clients.count, identity: identity, role: role))
    }

    func note(_ text: @autoclosure () -> String) {
        guard isTracing else { return }
        trace.append("\(figures.steps): \(text())")
        if trace.count > 60 { trace.removeFirst() }
    }

    /// Runs the world, lets it come to rest, and judges.
    package func run(steps: Int) throws(Violation) -> History.Verdict {
        do throws(Violation) {
            try start()
            for _ in 0..<steps {
                figures.steps += 1
                try step()
            }
            return try finish()
        } catch {
            var violation = error
            violation.seed = seed
            violation.step = figures.steps
            violation.steps = steps
            violation.trace = trace
            throw violation
        }
    }

    /// Everything that the brokers of this run recorded and answered, as one number.
    package var fingerprint: UInt64 { digest ^ (loop?.digest ?? 0) &* 31 }

    // MARK: One step

    private func step() throws(Violation) {
        now.monotonic += 1_000_000
        now.wall += 1_000
        loop?.now = now
        if loop == nil, chance.oneIn(20) { try start() }
        switch chance.below(100) {
        case 0..<30: act()
        case 30..<50: try brokerReads()
        case 50..<56: try loop?.flush()
        case 56: try loop?.commitLate()
        case 57..<68: try sync()
        case 68..<79: try brokerWrites()
        case 79..<91: try clientReads()
        case 91..<95: try timePasses()
        case 95..<97: try follow()
        case 97: finishCheckpoint()
        default: try goWrong()
        }
        guard let loop else { return }
        try loop.checkNobodyWaits()
        if figures.steps.isMultiple(of: stateEvery) { try loop.checkState() }
        if try loop.hasStopped() { try end() }
    }

    private func act() {
        let client = chance.pick(clients)
        if client.connection == nil {
            connect(client, isFetching: client.role == .receiver && chance.oneIn(4))
        } else {
            client.act(&chance, &history, receivers: scenario.receivers)
        }
    }

    func connect(_ client: SimulatedClient, isFetching: Bool = false) {
        guard let loop else { return }
        let connection = Connection(
            number: Int(nextConnection),
            client: client.number,
            session: SessionID(nextConnection),
            isFetching: isFetching
        )
        nextConnection += 1
        guard loop.connect(connection, identity: client.identity, isAdmin: client.isAdmin) else { return }
        connections.append(connection)
        client.isConnected(connection)
        note("\(client.identity) connects (\(connection.number))")
    }

    private func brokerReads() throws(Violation) {
        guard let loop else { return }
        let busy = connections.filter { $0.isOpenForBroker && (!$0.input.isEmpty || !$0.isOpenForClient) }
        guard !busy.isEmpty else { return }
        let connection = chance.pick(busy)
        if connection.input.isEmpty {
            // The end of the stream, when the client is gone.
            if !connection.isOpenForClient { try brokerCloses(connection) }
            return
        }
        let length = connection.input.count
        let burst = try connection.read(count: chance.oneIn(8) ? length : chance.within(1...min(length, 700)))
        guard !burst.isEmpty else { return }
        note("broker reads \(burst) of \(connection.number)")
        try loop.submit(burst, from: connection.session)
    }

    func brokerCloses(_ connection: Connection) throws(Violation) {
        connection.isOpenForBroker = false
        connections.removeAll { $0 === connection }
        note("broker ends \(connection.number)")
        try loop?.disconnect(connection.session)
    }

    private func brokerWrites() throws(Violation) {
        guard let loop else { return }
        let busy = connections.filter { !$0.handed.isEmpty }
        guard !busy.isEmpty else { return }
        let connection = chance.pick(busy)
        // Every third connection is slow.
        let isSlow = connection.number.isMultiple(of: 3)
        if isSlow, !chance.oneIn(scenario.slowness) { return }
        for _ in 0..<(isSlow ? 1 : chance.within(1...5)) where !connection.handed.isEmpty {
            let handed = connection.handed.removeFirst()
            if connection.isOpenForClient { connection.lines += handed.lines }
            if handed.envelopeBytes > 0 { try loop.outputTaken(connection.session, bytes: handed.envelopeBytes) }
        }
    }

    private func clientReads() throws(Violation) {
        let busy = connections.filter { !$0.lines.isEmpty || !$0.isOpenForBroker }
        guard !busy.isEmpty else { return }
        let connection = chance.pick(busy)
        try read(connection, count: chance.within(1...8))
        if !connection.isOpenForBroker, connection.lines.isEmpty, connection.handed.isEmpty {
            // The broker has closed it after its last line.
            if connection.isOpenForClient { clients[connection.client].isDisconnected() }
            connections.removeAll { $0 === connection }
            try loop?.disconnect(connection.session)
        }
    }

    func read(_ connection: Connection, count: Int) throws(Violation) {
        guard connection.isOpenForClient else { return }
        let lines = Array(connection.lines.prefix(count))
        connection.lines.removeFirst(lines.count)
        for line in lines {
            note("\(clients[connection.client].identity) reads \(line)")
            try clients[connection.client].read(
                line,
                on: connection,
                enforcesReceiver: scenario.limits.enforcesReceiver,
                &history
            )
        }
    }

    func timePasses() throws(Violation) {
        let milliseconds = chance.within(1...2_000)
        now.monotonic += UInt64(milliseconds) * 1_000_000
        now.wall += Int64(milliseconds) * 1_000
        if chance.oneIn(200) { now.wall += Int64(chance.within(-100...100)) * 1_000_000 }
        loop?.now = now
        untilTick -= milliseconds
        guard untilTick <= 0 else { return }
        untilTick = scenario.tickMilliseconds
        note("tick")
        try loop?.tick()
    }

    private func follow() throws(Violation) {
        guard loop != nil else { return }
        let position = try catalog.follow(
            journal,
            count: chance.within(1...60),
            losesAnswer: chance.oneIn(12),
            bug: bug
        )
        if let position { try loop?.projected(through: position) }
    }

    private func finishCheckpoint() {
        guard let loop else { return }
        if loop.writtenCheckpoint != nil { figures.checkpoints += 1 }
        loop.finishCheckpoint(isWritten: !chance.oneIn(6))
        loop.retire()
    }

    func keep(_ loop: LoopModel) {
        digest = digest &* 31 &+ loop.digest
        purged.formUnion(loop.purged)
        figures.redelivered += loop.model.counters.redelivered
        figures.leasesExpired += loop.model.counters.leasesExpired
        figures.deadLettered += loop.model.counters.deadLettered
        figures.duplicates += loop.model.counters.duplicates
        figures.refused += loop.model.counters.refused
    }
}
