/// What `stats` answers, as JSON. Fields may be added, never renamed.
package struct BrokerStatistics: Sendable, Codable, Equatable {
    package struct Queue: Sendable, Codable, Equatable {
        package var name: String
        /// Messages that wait for a consumer.
        package var ready: Int
        /// Messages that consumers hold unacknowledged.
        package var unacknowledged: Int
        package var bytes: Int
        package var consumers: Int
        /// Seconds since the oldest message came into the queue; absent when it is empty.
        package var oldestSeconds: Double?

        enum CodingKeys: String, CodingKey {
            case name, ready, unacknowledged, bytes, consumers
            case oldestSeconds = "oldest_seconds"
        }
    }

    package struct Exchange: Sendable, Codable, Equatable {
        package var name: String
        package var kind: String
        package var bindings: Int
    }

    package var queues: [Queue]
    package var exchanges: [Exchange]
    package var sessions: Int
    /// Identities of settled messages that are remembered to recognise retries.
    package var rememberedIDs: Int
    package var counters: BrokerCore.Counters

    enum CodingKeys: String, CodingKey {
        case queues, exchanges, sessions, counters
        case rememberedIDs = "remembered_ids"
    }
}

extension BrokerCore {
    /// The figures of this moment. Walks over all leases and lanes: meant for people, not for loops.
    package func statistics(now: CoreTime) -> BrokerStatistics {
        var oldest: [Int64?] = queues.map { queue in
            queue.lanes.values.compactMap { $0.first.map { copies[$0.copy].enqueuedAt } }.min()
        }
        for consumer in consumers.numbers where consumers[consumer].queue != none {
            let queue = Int(consumers[consumer].queue)
            var copy = consumers[consumer].firstLease
            while copy != none {
                oldest[queue] = min(oldest[queue] ?? .max, copies[copy].enqueuedAt)
                copy = copies[detailsOf: copy].nextLease
            }
        }
        return BrokerStatistics(
            queues: zip(queues, oldest).map { queue, oldest in
                BrokerStatistics.Queue(
                    name: queue.name,
                    ready: queue.messages - queue.leased,
                    unacknowledged: queue.leased,
                    bytes: queue.bytes,
                    consumers: queue.consumers.count,
                    oldestSeconds: oldest.map { Double(max(now.wall - $0, 0)) / 1_000_000 }
                )
            },
            exchanges: exchanges.sorted { $0.key < $1.key }.map { name, exchange in
                BrokerStatistics.Exchange(
                    name: name,
                    kind: exchange.kind.word,
                    bindings: exchange.bindings.values.reduce(0) { $0 + $1.count }
                )
            },
            sessions: sessions.count,
            rememberedIDs: settledCount,
            counters: counters
        )
    }

    /// Whether a session has a subscription.
    package func isConsuming(_ session: SessionID) -> Bool {
        sessions[session]?.consumers.isEmpty == false
    }

    /// The names of all queues, by their numbers in records.
    package var queueNames: [String] { queues.map(\.name) }

    /// The name of a queue by its number in records.
    package func queueName(_ number: UInt32) -> String {
        number < queues.count ? queues[Int(number)].name : ""
    }
}
