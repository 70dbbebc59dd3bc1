internal import CMQKit

/// Takes every message of a run once, opens it if there are keys, and acknowledges it.
struct Receiver {
    let client: BrokerClient
    let keys: KeyPair?
    let route: BenchRoute

    func run(_ schedule: Schedule) async throws -> Observation {
        let decryptor = keys.map { MessageDecryptor(keyPair: $0, clientID: "bob") }
        var observation = Observation()
        var isNew = [Bool](repeating: true, count: route.count)
        var missing = route.count
        for try await batch in try await client.consume([route.queue]) {
            for message in batch {
                _ = try decryptor?.open(message)
                let number = try route.number(of: message.messageID)
                guard isNew[number] else { continue }
                isNew[number] = false
                missing -= 1
                observation.note(number, schedule)
            }
            try await client.acknowledge(batch.map(\.messageID))
            if missing == 0 { client.stopConsuming() }
        }
        guard missing == 0 else { throw BenchError(description: "\(missing) messages did not come") }
        try await client.waitUntilConfirmed()
        observation.end = .now
        return observation
    }
}
