import CMQBrokerCore
import CMQWire

extension World {
    func goWrong() throws(Violation) {
        guard loop != nil else { return }
        // Each step comes here twice in a hundred; the scenario speaks of all steps.
        func happens(_ rate: Int) -> Bool { chance.oneIn(max(rate / 50, 1)) }
        if happens(scenario.crashes) || loop?.hasFailed == true { return try crash() }
        if happens(scenario.resets) { try reset() }
        if happens(scenario.stops) {
            note("stops")
            try loop?.stop()
        }
        if happens(journal.isLowOnSpace ? scenario.lowDisk / 8 : scenario.lowDisk) { journal.isLowOnSpace.toggle() }
        if happens(scenario.checkpoints) {
            note("checkpoint at \(journal.end)")
            loop?.takeCheckpoint()
        }
        if happens(scenario.outages) {
            if catalog.isAway { catalog.isAway = false } else { catalog.leave() }
        }
        if happens(scenario.journalFailures), loop?.failsAppendIn == nil {
            figures.journalFailures += 1
            loop?.failsAppendIn = chance.within(1...12)
        }
    }

    /// A connection breaks: of what was under way to either side, some arrives.
    private func reset() throws(Violation) {
        let open = connections.filter { $0.isOpenForClient }
        guard !open.isEmpty else { return }
        figures.resets += 1
        let connection = chance.pick(open)
        note("\(connection.number) breaks")
        try read(connection, count: chance.below(connection.lines.count + 1))
        // The broker may go on reading what arrives, and notice the end much later.
        connection.input.removeLast(chance.below(connection.input.count + 1))
        clients[connection.client].isDisconnected()
        connection.lines = []
    }

    // MARK: The disk

    func sync() throws(Violation) {
        guard let loop else { return }
        if !loop.hasFailed, !failureNews, journal.durable < journal.written {
            if chance.oneIn(max(scenario.journalFailures / 8, 1)) {
                figures.journalFailures += 1
                note("sync fails")
                if bug == .ignoresSyncFailure {
                    durabilityNews.append(journal.written)
                } else {
                    failureNews = true
                }
            } else {
                note("durable through \(journal.written)")
                journal.sync(through: journal.written)
                durabilityNews.append(journal.durable)
            }
        }
        guard chance.oneIn(2) else { return }
        try tellLoop()
    }

    func tellLoop() throws(Violation) {
        let news = durabilityNews
        durabilityNews = []
        for position in news { try loop?.durable(through: position) }
        if failureNews {
            failureNews = false
            try loop?.fail()
        }
    }

    // MARK: Crash and recovery

    func crash() throws(Violation) {
        figures.crashes += loop == nil ? 0 : 1
        try leave(keeping: chance.oneIn(2) ? 0 : chance.below(journal.written - journal.durable + 1))
    }

    /// The broker has ended in order.
    func end() throws(Violation) {
        figures.stops += 1
        let behind = journal.end - journal.newestCheckpoint.position
        try require(
            behind == 0,
            .durableFirst,
            "a broker that was stopped leaves \(behind) records without a checkpoint"
        )
        try leave(keeping: 0)
    }

    /// The broker's process is gone, and `extra` records behind the durable ones happen to be on the disk.
    private func leave(keeping extra: Int) throws(Violation) {
        guard let loop else { return }
        for connection in connections {
            try read(connection, count: chance.below(connection.lines.count + 1))
            if connection.isOpenForClient { clients[connection.client].isDisconnected() }
        }
        connections = []
        keep(loop)
        let end = journal.end
        journal.crash(keeping: extra)
        note("gone, and with it \(end - journal.end) of \(end) records")
        figures.recordsLostInCrashes += end - journal.end
        figures.records = journal.end
        self.loop = nil
        durabilityNews = []
        failureNews = false
        catalog.isDetached = true
        try require(catalog.position <= journal.end, .catalogAgrees, "the catalog has what the journal has not")
    }

    /// Recovers as a start does, and compares with what the records say and with recovery from further back.
    func start() throws(Violation) {
        if chance.oneIn(5) { scenario.limits = Scenario(&chance).limits }
        let checkpoint = journal.newestCheckpoint
        try require(checkpoint.position <= journal.end, .recoveryAgrees, "the checkpoint is ahead of the journal")
        let skipped = bug == .skipsARecordAtRecovery ? 1 : 0
        let core = try journal.recover(from: checkpoint, limits: scenario.limits, skipping: skipped)
        let contents = try CheckpointContents(core.checkpoint())
        var model = checkpoint.model
        model.adopt(scenario.limits)
        for position in checkpoint.position..<journal.end {
            try model.replay(journal.record(at: position), at: position)
        }
        model = model.restarted()
        try model.compareState(with: contents, .recoveryAgrees)
        let earlier = chance.pick(journal.checkpoints)
        let other = try CheckpointContents(
            try journal.recover(from: earlier, limits: scenario.limits).checkpoint()
        )
        try compare(contents, other, earlier.position)
        note("start at \(journal.end), checkpoint \(checkpoint.position)")
        loop = LoopModel(
            scenario: scenario,
            journal: journal,
            core: core,
            model: model,
            now: now,
            bug: bug
        )
    }

    /// Time makes a running broker forget identities, and recovery does not: from further back it may remember more.
    private func compare(
        _ contents: CheckpointContents,
        _ other: CheckpointContents,
        _ position: Int
    ) throws(Violation) {
        func sorted(_ contents: CheckpointContents) -> [CheckpointContents.Message] {
            contents.messages.sorted { $0.sequence < $1.sequence }
        }
        let difference = "recovery from the newest checkpoint differs from recovery from \(position)"
        let missing = Set(contents.messages.map(\.id)).subtracting(other.messages.map(\.id)).map(\.description)
        try require(missing.isEmpty, .nothingLost, "\(difference), which loses \(missing.sorted())")
        try require(sorted(contents) == sorted(other), .recoveryAgrees, "\(difference) in messages")
        try require(
            contents.queues == other.queues && contents.exchanges == other.exchanges
                && contents.nextSequence == other.nextSequence,
            .recoveryAgrees,
            "\(difference) in topology"
        )
        try require(
            Array(other.settled.suffix(contents.settled.count)) == contents.settled,
            .recoveryAgrees,
            "\(difference) in identities: \(contents.settled), \(other.settled)"
        )
    }
}
