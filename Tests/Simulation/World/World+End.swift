import CMQBrokerCore
import CMQWire

extension World {
    /// Everything heals, everything that was stored is collected; then the sets are formed.
    func finish() throws(Violation) -> History.Verdict {
        catalog.isAway = false
        journal.isLowOnSpace = false
        if chance.oneIn(3) { try crash() }
        if loop?.hasFailed == true || loop?.isStopping == true || failureNews { try crash() }
        if loop == nil { try start() }
        loop?.failsAppendIn = nil
        try pump()
        for connection in connections where connection.isOpenForClient && connection.isOpenForBroker {
            let question = connection.unanswered.first.map { "\($0)" } ?? ""
            try require(question.isEmpty, .nobodyWaits, "\(connection.number) gets no answer to \(question)")
        }
        for connection in connections {
            if connection.isOpenForClient { clients[connection.client].isDisconnected() }
            try brokerCloses(connection)
        }
        try pump()
        try collect()
        guard let loop else { return History.Verdict() }
        try loop.checkState()
        try require(loop.isSettled, .nobodyWaits, "left in the queues: \(loop.waiting.prefix(5))")
        keep(loop)
        figures.records = journal.end
        figures.outages = catalog.outages
        let verdict = history.verdict(removed: purged)
        try require(verdict.lost.isEmpty, .nothingLost, "acknowledged, never received: \(verdict.lost.prefix(5))")
        try require(verdict.unexpected.isEmpty, .nothingUnexpected, "\(verdict.unexpected.prefix(5))")
        return verdict
    }

    private func collect() throws(Violation) {
        let identities = (0..<scenario.receivers).map { "r\($0)" } + ["ghost"]
        guard let loop else { return }
        let queues = loop.model.queues
        for identity in identities {
            add(identity, .collector)
            guard let client = clients.last else { return }
            connect(client)
            guard let connection = client.connection else { return }
            client.send(queues.map { .consume($0, prefetch: .max) }, on: connection)
            try pump()
        }
    }

    /// Carries everything that is under way to its end, without faults.
    private func pump() throws(Violation) {
        guard let loop else { return }
        loop.now = now
        var rounds = 0
        repeat {
            rounds += 1
            try require(rounds < 100_000, .nobodyWaits, "the broker does not come to rest")
            try loop.flush()
            try loop.commitLate()
            journal.sync(through: journal.written)
            durabilityNews.append(journal.durable)
            try tellLoop()
            if let position = try catalog.follow(journal, count: .max / 4, losesAnswer: false, bug: bug) {
                try loop.projected(through: position)
            }
            for connection in connections {
                for handed in connection.handed {
                    if connection.isOpenForClient { connection.lines += handed.lines }
                    if handed.envelopeBytes > 0 {
                        try loop.outputTaken(connection.session, bytes: handed.envelopeBytes)
                    }
                }
                connection.handed = []
                try read(connection, count: connection.lines.count)
                let commands = try connection.read(count: connection.input.count)
                if !commands.isEmpty { try loop.submit(commands, from: connection.session) }
            }
        } while journal.durable < journal.end || loop.isBusy || connections.contains(where: \.isBusy)
    }
}
