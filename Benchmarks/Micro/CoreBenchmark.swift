internal import CMQBrokerCore
internal import CMQWire

/// A message's life in the core: published, durable, delivered, acknowledged.
final class CoreBenchmark: Microbenchmark {
    static let name = "core-message"
    private var core = BrokerCore()
    private var effects = Effects()
    private var now = CoreTime(monotonic: 1, wall: 1_000_000)
    private var published = 0
    private let publisher = SessionID(1)
    private let consumer = SessionID(2)

    init() {
        core.connected(publisher, identity: "alice")
        core.connected(consumer, identity: "bob")
        core.declareQueue("bob", session: consumer, now: now, effects: &effects)
        core.declareExchange("cmq", kind: nil, session: consumer, now: now, effects: &effects)
        core.bind("bob", "cmq", routingKey: "bob", session: consumer, now: now, effects: &effects)
        core.consume("bob", prefetch: 1_000, session: consumer, now: now, effects: &effects)
        commit()
    }

    private func commit() {
        core.committed(through: core.ticket, now: now, effects: &effects)
    }

    func runRound() throws {
        let first = published
        effects.removeAll()
        for number in first..<(first + messagesOfRound) {
            let publication = BrokerCore.Publication(
                exchange: "cmq",
                routingKey: "bob",
                id: try SampleMessages.messageID(number),
                receiver: "bob",
                size: 950
            )
            if let message = core.publish(publication, session: publisher, now: now, effects: &effects) {
                core.place(message, at: UInt64(number) * 1_024)
            }
        }
        published += messagesOfRound
        now.monotonic += 1_000_000
        now.wall += 1_000
        effects.removeAll()
        commit()
        let delivered = effects.outputs.count
        effects.removeAll()
        for number in first..<published {
            core.acknowledge(
                try SampleMessages.messageID(number),
                session: consumer,
                now: now,
                effects: &effects
            )
        }
        core.outputTaken(session: consumer, bytes: delivered * 950, now: now, effects: &effects)
        commit()
        guard delivered == messagesOfRound, effects.settledLocations.count == messagesOfRound else {
            throw WrongResult(description: "\(delivered) were delivered, \(effects.settledLocations.count) settled")
        }
    }
}
