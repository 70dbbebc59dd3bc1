import CMQBrokerCore
import CMQWire

/// One message in one queue, as the records and the commands say.
struct ModelCopy: Equatable {
    enum Phase: Equatable {
        case staged, ready
        case leased(HolderKey, deadline: UInt64)
    }

    var queue: UInt32
    var phase = Phase.staged
    var origin: UInt32?
    var reason = DeadLetterReason.none
    var failures = 0
    var deliveries = 0
    var enqueuedAt: Int64
    var lastReceiver = ""

    var holder: HolderKey? {
        if case .leased(let holder, _) = phase { return holder }
        return nil
    }
}

/// A subscription of a session, or what its fetches hold.
struct HolderKey: Hashable {
    var session: SessionID
    var queue: UInt32
    var isFetch: Bool
}

struct ModelMessage: Equatable {
    var id: MessageID
    var sequence: UInt64
    /// The record's place in the journal.
    var location: Int
    var size: Int
    var sender: String
    /// Empty: anybody.
    var receiver: String
    /// In the order in which the record names the queues.
    var copies: [ModelCopy]
    /// The last record that settled one of its copies.
    var settledBy: Int?

    func copy(in queue: UInt32) -> Int? { copies.firstIndex { $0.queue == queue } }
}

/// A settled message whose identity must still be recognised.
struct ModelSettled: Equatable {
    var id: MessageID
    var sender: String
    var settledAt: Int64
    var location: Int
    var settledBy: Int
}

struct ModelSession {
    var identity: String
    var isAdmin: Bool
    var outputBytes = 0
    /// Prefetch by queue.
    var subscriptions: [UInt32: Int] = [:]
}

struct ModelExchange: Equatable {
    struct Binding: Hashable {
        var key: String
        var queue: UInt32
    }

    var kind: ExchangeKind
    var bindings: Set<Binding> = []

    func route(_ key: String) -> Set<UInt32> {
        var queues: Set<UInt32> = []
        for binding in bindings where matches(binding.key, key) { queues.insert(binding.queue) }
        return queues
    }

    private func matches(_ pattern: String, _ key: String) -> Bool {
        switch kind {
        case .direct: pattern == key
        case .fanout: true
        case .topic:
            Self.matches(
                pattern.split(separator: ".", omittingEmptySubsequences: false)[...],
                key.split(separator: ".", omittingEmptySubsequences: false)[...]
            )
        }
    }

    /// By the definition, without cleverness: this is what the core's matching is compared with.
    private static func matches(_ pattern: ArraySlice<Substring>, _ key: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return key.isEmpty }
        if first == "#" {
            return matches(pattern.dropFirst(), key) || (!key.isEmpty && matches(pattern, key.dropFirst()))
        }
        guard let word = key.first, first == "*" || first == word else { return false }
        return matches(pattern.dropFirst(), key.dropFirst())
    }
}

/// The messages of one queue that one receiver, or anybody, may have.
struct LaneKey: Hashable {
    var queue: UInt32
    /// Empty: anybody.
    var receiver: String
}

/// Why the core was called.
enum Cause {
    case connect(SessionID)
    case disconnect(SessionID)
    case publish(BrokerCore.Publication, SessionID)
    case acknowledge(MessageID, SessionID)
    case release(MessageID?, SessionID)
    case reject(MessageID, SessionID)
    case resend(MessageID, SessionID)
    case redrive(String, SessionID)
    case purge(String, SessionID)
    case fetch(String, SessionID)
    case consume(String, prefetch: Int?, SessionID)
    case topology(SessionID)
    case outputTaken(SessionID, Int)
    case tick
    case committed(through: Int)
}
