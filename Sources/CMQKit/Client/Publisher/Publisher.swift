package import CMQWire
internal import DequeModule

/// Keeps every message until the broker has it: what to write now, what to write again and when, and
/// when to give up. A value without I/O and clock.
///
/// A message goes out with the same bytes and the same identity each time, so that the broker, which
/// keeps one of several with the same identity, can be asked again after any doubt. Messages leave in
/// the order in which they came; one that waits for its next attempt holds back those behind it.
package struct Publisher {
    /// What became of a message in the end.
    package struct Settlement: Equatable {
        package enum Result: Equatable {
            case acknowledged
            /// The broker will not take it, or not after all attempts: its reason.
            case refused(String)
            /// Whether the broker has it is not known.
            case unknown(String)
        }

        /// What ``Publisher/enqueue(_:bytes:tag:)`` was given.
        package var tag: Int
        package var messageID: MessageID
        package var result: Result
    }

    private struct Item {
        enum Phase: Equatable {
            case waiting
            case inFlight
            case settled
        }

        let ticket: UInt64
        let id: MessageID
        let tag: Int
        var bytes: [UInt8]
        var phase = Phase.waiting
        /// How often it was written.
        var attempts = 0
        /// How often the broker did not take it.
        var refusals = 0
        var notBefore: ContinuousClock.Instant?
    }

    private let limits: PublisherLimits
    private var items = Deque<Item>()
    private var nextTicket: UInt64 = 0
    /// How many items at the front are in flight or settled: where writing goes on.
    private var written = 0
    private var bytes = 0
    private var unsettled = 0
    private var isConnected = false
    private var isOlderBroker = false

    package private(set) var inFlight = 0
    /// Connections in a row that were lost, or not made, without a single answer in between.
    package private(set) var fruitlessConnections = 0

    package init(limits: PublisherLimits) {
        self.limits = limits
    }

    /// Whether another message may come.
    package var hasRoom: Bool { unsettled < limits.window && bytes < limits.windowBytes }

    /// Whether nothing is left to do.
    package var isEmpty: Bool { unsettled == 0 }

    /// How many messages have no answer yet.
    package var count: Int { unsettled }

    /// Takes charge of a message: `bytes` is its `publish` command with the line end.
    package mutating func enqueue(_ id: MessageID, bytes line: [UInt8], tag: Int) {
        nextTicket += 1
        items.append(Item(ticket: nextTicket, id: id, tag: tag, bytes: line))
        bytes += line.count
        unsettled += 1
    }

    /// The next messages to write, at most a batch; they count as written then.
    package mutating func takeReady(now: ContinuousClock.Instant) -> [OutgoingLine] {
        guard isConnected else { return [] }
        var ready: [OutgoingLine] = []
        while written < items.count, ready.count < limits.batch {
            guard items[written].phase == .waiting else {
                written += 1
                continue
            }
            if let notBefore = items[written].notBefore, notBefore > now { break }
            items[written].phase = .inFlight
            items[written].attempts += 1
            inFlight += 1
            let item = items[written]
            ready.append(OutgoingLine(ticket: item.ticket, messageID: item.id, bytes: item.bytes))
            written += 1
        }
        return ready
    }

    /// When ``takeReady(now:)`` should be asked again, if time is what is missing.
    package var nextAttempt: ContinuousClock.Instant? {
        guard isConnected, written < items.count else { return nil }
        return items[written].notBefore
    }

    /// A connection is there: everything without an answer is written again, in order.
    ///
    /// - Parameter toOlderBroker: Whether the broker refuses a repetition of what it has, instead of acknowledging
    ///   it as ours does.
    package mutating func connected(toOlderBroker: Bool = false) {
        isConnected = true
        isOlderBroker = toOlderBroker
        rewind()
    }

    /// Notes answers; appends what is settled by them.
    ///
    /// - Returns: The broker's reason for a message that it did not take in all attempts, and that is kept all the
    ///   same, for ``PublisherLimits/keepsRefused``.
    @discardableResult
    package mutating func completed(
        _ reports: [PublishReport],
        now: ContinuousClock.Instant,
        random: Double,
        into settlements: inout [Settlement]
    ) -> String? {
        var keptFor: String?
        for report in reports {
            guard let index = index(of: report.ticket), items[index].phase == .inFlight else { continue }
            switch report.outcome {
            case .done:
                fruitlessConnections = 0
                settle(index, .acknowledged, &settlements)
            case .notDone(let reason):
                fruitlessConnections = 0
                if isOlderBroker, items[index].attempts > 1, reason.hasPrefix("Duplicate message") {
                    settle(index, .acknowledged, &settlements)
                    continue
                }
                if refused(index, reason, now: now, random: random, &settlements) { keptFor = reason }
            case .unknown:
                // The loss of the connection is reported by itself, and concerns all of them.
                continue
            }
        }
        dropSettled()
        return keptFor
    }

    /// The connection is lost, or was not made. Returns how long to wait before the next one, or `nil`
    /// when the attempts are used up.
    package mutating func connectionLost(random: Double) -> Duration? {
        isConnected = false
        fruitlessConnections += 1
        rewind()
        guard fruitlessConnections <= limits.retries else { return nil }
        return limits.backoff.delay(afterAttempt: fruitlessConnections, random: random)
    }

    /// The wait before another connection, for a caller that does not give up.
    package func reconnectDelay(random: Double) -> Duration {
        limits.backoff.delay(afterAttempt: fruitlessConnections, random: random)
    }

    /// Settles everything that is left, in order, because nothing more will be tried.
    package mutating func giveUp(reason: String) -> [Settlement] {
        var settlements: [Settlement] = []
        for index in items.indices where items[index].phase != .settled {
            settle(index, items[index].attempts > 0 ? .unknown(reason) : .refused(reason), &settlements)
        }
        dropSettled()
        return settlements
    }

    /// Says whether the message is kept although its attempts are used up.
    private mutating func refused(
        _ index: Int,
        _ reason: String,
        now: ContinuousClock.Instant,
        random: Double,
        _ settlements: inout [Settlement]
    ) -> Bool {
        items[index].refusals += 1
        let refusals = items[index].refusals
        guard Self.isTransient(reason), refusals <= limits.retries || limits.keepsRefused else {
            settle(index, .refused(reason), &settlements)
            return false
        }
        let delay = limits.backoff.delay(afterAttempt: refusals, random: random)
        items[index].phase = .waiting
        items[index].notBefore = now + delay
        inFlight -= 1
        written = min(written, index)
        return refusals > limits.retries
    }

    /// Whether the same message may be taken later. What the sender did wrong stays wrong.
    static func isTransient(_ reason: String) -> Bool {
        let final = [
            "No queues bound", "Duplicate message", "Invalid message format", "Invalid batch format",
            "Missing parameters", "Unknown command", "line exceeds", "message exceeds", "message is larger",
            "invalid exchange name", "invalid routing key", "names must be valid UTF-8", "the message would go to more",
        ]
        return !final.contains { reason.hasPrefix($0) }
    }

    private mutating func settle(_ index: Int, _ result: Settlement.Result, _ settlements: inout [Settlement]) {
        if items[index].phase == .inFlight { inFlight -= 1 }
        items[index].phase = .settled
        bytes -= items[index].bytes.count
        items[index].bytes = []
        unsettled -= 1
        settlements.append(Settlement(tag: items[index].tag, messageID: items[index].id, result: result))
    }

    private mutating func dropSettled() {
        while let first = items.first, first.phase == .settled {
            items.removeFirst()
            written = max(0, written - 1)
        }
    }

    private mutating func rewind() {
        for index in items.indices where items[index].phase == .inFlight { items[index].phase = .waiting }
        for index in items.indices { items[index].notBefore = nil }
        inFlight = 0
        written = 0
    }

    /// Tickets grow from front to back; answers nearly always concern the front.
    private func index(of ticket: UInt64) -> Int? {
        guard let first = items.first, ticket >= first.ticket else { return nil }
        // No ticket is left out, and items leave at the front only.
        let index = Int(ticket - first.ticket)
        return index < items.count ? index : nil
    }
}
