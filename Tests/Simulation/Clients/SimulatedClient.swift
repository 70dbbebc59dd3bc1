import CMQBrokerCore
import CMQWire

/// A client: what it does next is chance, what it may see is not.
final class SimulatedClient {
    enum Role {
        case publisher, receiver, administrator
        /// Takes and acknowledges everything at the end of a run.
        case collector
    }

    static let queues = ["q0", "q1", "q2", "default_queue"]
    static let deadLetterQueues = ["q0.dead", "q1.dead", "q2.dead"]
    static let exchanges = ["x", "t", "f", "default_exchange"]
    static let routingKeys = ["a", "b", "a.b", "a.b.c", "c.b", "default_key"]
    static let bindingKeys = ["a", "b", "a.b", "a.*", "a.#", "#", "*.b", "#.c"]
    static let reasons = ["no_key", "bad_tag", "malformed", "unknown_suite", "whatever"]

    let number: Int
    let identity: String
    let role: Role
    var connection: Connection?
    private var nextMessage = 0
    /// Published and not answered on this or an earlier connection.
    private var unsure: [MessageID] = []
    private var own: [MessageID] = []
    /// Received and not acknowledged yet.
    private(set) var held: [MessageID] = []

    init(number: Int, identity: String, role: Role) {
        self.number = number
        self.identity = identity
        self.role = role
    }

    var isAdmin: Bool { role == .administrator }

    func isConnected(_ connection: Connection) {
        self.connection = connection
        held = []
    }

    // MARK: Acting

    /// Decides on commands and puts them on the connection.
    func act(_ chance: inout Chance, _ history: inout History, receivers: Int) {
        guard let connection, connection.unanswered.count < 30 else { return }
        let commands: [ClientCommand]
        switch role {
        case .publisher: commands = publish(&chance, &history, receivers: receivers)
        case .receiver: commands = receive(&chance, &history, connection)
        case .administrator: commands = administer(&chance)
        case .collector: commands = []
        }
        send(commands, on: connection)
    }

    func send(_ commands: [ClientCommand], on connection: Connection) {
        for command in commands { connection.input += command.line.utf8 }
        connection.unanswered += commands
    }

    private func publish(_ chance: inout Chance, _ history: inout History, receivers: Int) -> [ClientCommand] {
        if chance.oneIn(20), let id = own.last { return [.resend(chance.oneIn(2) ? id : chance.pick(own))] }
        var commands: [ClientCommand] = []
        for _ in 0..<chance.within(1...4) {
            let id: MessageID
            if !unsure.isEmpty, chance.oneIn(3) {
                id = chance.pick(unsure)
            } else if !own.isEmpty, chance.oneIn(12) {
                // A retry of something that is done, or long forgotten.
                id = chance.pick(own)
            } else {
                // Some identities are shared between senders, and some are too long to be kept inline.
                let prefix = chance.oneIn(25) ? "shared" : identity
                let tail = chance.oneIn(30) ? String(repeating: "-", count: 40) : ""
                guard let fresh = MessageID("\(prefix)-\(nextMessage)\(tail)") else { continue }
                nextMessage += 1
                id = fresh
            }
            if !own.contains(id) { own.append(id) }
            if own.count > 60 { own.removeFirst() }
            let receiver: String? =
                chance.oneIn(2) ? nil : chance.oneIn(40) ? "ghost" : "r\(chance.below(receivers))"
            let (exchange, key) =
                chance.oneIn(100)
                ? ("f", String(repeating: "k", count: chance.pick([255, 256, 70_000])))
                : chance.oneIn(3)
                    ? (chance.pick(Self.exchanges), chance.pick(Self.routingKeys))
                    : chance.pick([("x", "a"), ("x", "b"), ("t", "a.b"), ("t", "c.b"), ("f", "any")])
            commands.append(
                .publish(
                    BrokerCore.Publication(
                        exchange: exchange,
                        routingKey: key,
                        id: id,
                        receiver: receiver,
                        size: chance.oneIn(40) ? 700 : chance.within(1...100),
                        isInBatch: chance.oneIn(4)
                    )
                )
            )
            history.sends(id)
        }
        return commands
    }

    private func receive(
        _ chance: inout Chance,
        _ history: inout History,
        _ connection: Connection
    ) -> [ClientCommand] {
        let queue = chance.oneIn(8) ? chance.pick(Self.deadLetterQueues) : chance.pick(Self.queues)
        if connection.isFetching, chance.oneIn(2) {
            return (0..<chance.within(1...8)).map { _ in .fetch(chance.oneIn(4) ? chance.pick(Self.queues) : queue) }
        }
        switch chance.below(24) {
        case 0, 1:
            return connection.isFetching
                ? [.fetch(queue)] : [.consume(queue, prefetch: chance.oneIn(4) ? nil : chance.within(1...50))]
        case 2: return chance.oneIn(3) ? [.release(nil)] : []
        case 3:
            guard !held.isEmpty else { return [] }
            return [.release(held.remove(at: chance.below(held.count)))]
        case 4:
            guard !held.isEmpty else { return [] }
            return [.reject(held.remove(at: chance.below(held.count)), reason: chance.pick(Self.reasons))]
        case 5:
            guard chance.oneIn(4), let id = MessageID("p\(chance.below(2))-\(chance.below(60))") else { return [] }
            history.guesses(id)
            return [.acknowledge(id)]
        case 6: return chance.oneIn(2) ? [.declareQueue(queue)] : []
        default:
            // Mostly in order, like the real receiver.
            var commands: [ClientCommand] = []
            for _ in 0..<chance.within(1...6) where !held.isEmpty {
                commands.append(.acknowledge(held.remove(at: chance.oneIn(5) ? chance.below(held.count) : 0)))
            }
            return commands
        }
    }

    /// What most of the traffic goes through.
    private static let foundation: [ClientCommand] =
        [.declareQueue("q0"), .declareQueue("q1"), .declareQueue("q2")]
        + [.declareExchange("x", kind: "direct"), .declareExchange("t", kind: "topic")]
        + [.declareExchange("f", kind: "fanout"), .bind("q0", "x", key: "a"), .bind("q1", "x", key: "b")]
        + [.bind("q0", "t", key: "a.#"), .bind("q2", "f", key: "any"), .bind("q1", "t", key: "*.b")]

    private func administer(_ chance: inout Chance) -> [ClientCommand] {
        if chance.oneIn(10) { return Self.foundation }
        let queue = chance.oneIn(12) ? chance.pick(Self.deadLetterQueues) : chance.pick(Self.queues)
        switch chance.below(16) {
        case 0...3: return [.declareQueue(queue)]
        case 4...6:
            let name = chance.pick(Self.exchanges)
            let kind = ["x": "direct", "t": "topic", "f": "fanout"][name]
            return [.declareExchange(name, kind: chance.oneIn(4) ? nil : kind)]
        case 7...10:
            let exchange = chance.pick(Self.exchanges)
            return [
                chance.oneIn(6)
                    ? .bind(exchange, queue, key: chance.pick(Self.bindingKeys))
                    : .bind(queue, exchange, key: chance.pick(Self.bindingKeys))
            ]
        case 11...12: return [.redrive(chance.pick(Self.queues))]
        case 13: return chance.oneIn(2) ? [.purge(queue)] : []
        case 14:
            guard let id = MessageID("p\(chance.below(3))-\(chance.below(60))") else { return [] }
            return [.resend(id)]
        default: return [.declareQueue("extra\(chance.below(12))")]
        }
    }

    // MARK: Reading

    /// Reads one line; what it must not be is a violation.
    func read(
        _ line: ClientLine,
        on connection: Connection,
        enforcesReceiver: Bool,
        _ history: inout History
    ) throws(Violation) {
        switch line {
        case .message(let id, let receiver):
            if connection.isFetching {
                guard case .fetch? = connection.unanswered.first else {
                    throw Violation(.rightAnswer, "\(id) comes to \(identity), who neither consumes nor fetches")
                }
                connection.unanswered.removeFirst()
            }
            if enforcesReceiver, let receiver {
                try require(receiver == identity, .onlyTheReceiver, "\(identity) reads \(id), which is for \(receiver)")
            }
            try history.receives(id)
            if !held.contains(id) { held.append(id) }
            if role == .collector {
                held.removeAll { $0 == id }
                send([.acknowledge(id)], on: connection)
            }
        case .reply(let reply):
            guard !connection.unanswered.isEmpty else {
                throw Violation(.rightAnswer, "\(identity) reads '\(reply.line)' and has asked nothing")
            }
            try check(reply, answers: connection.unanswered.removeFirst(), &history)
        }
    }

    private func check(
        _ reply: Reply,
        answers command: ClientCommand,
        _ history: inout History
    ) throws(Violation) {
        if reply == LoopModel.refusal { return }
        switch (command, reply) {
        case (.publish(let publication), .ack(let id)) where id == publication.id:
            history.isAnswered(publication.id, isDone: true)
            unsure.removeAll { $0 == publication.id }
        case (.publish(let publication), .error):
            history.isAnswered(publication.id, isDone: false)
            unsure.removeAll { $0 == publication.id }
        case (.acknowledge(let asked), .ackConfirmed(let id)), (.reject(let asked, _), .rejected(let id)):
            try require(asked == id, .rightAnswer, "\(identity) asked about \(asked) and is told about \(id)")
        case (.declareQueue, .queueDeclared), (.declareExchange, .exchangeDeclared), (.bind, .queueBound),
            (.consume, .subscribed), (.fetch, .noMessages), (.release, .released), (.resend, .resendRequested),
            (.resend, .unauthorizedResend), (.resend, .messageNotFound), (.redrive, .redriven), (.purge, .purged),
            (_, .error):
            break
        default: throw Violation(.rightAnswer, "\(identity) asked \(command) and reads '\(reply.line)'")
        }
    }

    /// The connection is gone: what was not answered may have been done or not.
    func isDisconnected() {
        guard let connection else { return }
        for case .publish(let publication) in connection.unanswered where !unsure.contains(publication.id) {
            unsure.append(publication.id)
        }
        // Some give up; the outcome of those stays unknown.
        if unsure.count > 20 { unsure.removeFirst(unsure.count - 20) }
        connection.isOpenForClient = false
        self.connection = nil
        held = []
    }
}
