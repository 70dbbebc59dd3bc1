internal import CMQKit

/// Publishes every message and waits for the broker's answers.
struct Sender {
    let client: BrokerClient
    let route: BenchRoute

    func run(_ envelopes: Envelopes, _ schedule: Schedule) async throws -> Observation {
        let (submitted, continuation) = AsyncStream.makeStream(of: PendingPublish.self)
        async let observation = observe(submitted, schedule)
        for number in 0..<envelopes.count {
            if schedule.interval != nil { try await ContinuousClock().sleep(until: schedule.due(number)) }
            let id = try route.messageID(number)
            continuation.yield(
                try await client.submit(
                    envelope: try envelopes.envelope(number, id: id),
                    messageID: id,
                    exchange: route.queue,
                    routingKey: "bob"
                )
            )
        }
        continuation.finish()
        return try await observation
    }

    /// Answers come in the order of the messages.
    private func observe(_ submitted: AsyncStream<PendingPublish>, _ schedule: Schedule) async throws -> Observation {
        var observation = Observation()
        var number = 0
        for await pending in submitted {
            let outcome = await pending.outcome
            guard outcome == .done else { throw BenchError(description: "message \(number): \(outcome)") }
            observation.note(number, schedule)
            number += 1
        }
        observation.end = .now
        return observation
    }
}
