internal import CMQWire
internal import DequeModule
internal import Glibc
internal import NIOCore

/// Which answers a connection still owes, in the order of the commands; a value without I/O and clock.
///
/// Answers come in the order of the commands. Messages of a consumed queue come between any two
/// answers; on a connection that fetches, a message is an answer itself. One connection therefore
/// does either.
struct ConnectionStateMachine {
    enum Expectation: Equatable {
        case publish(ticket: UInt64, id: MessageID)
        case ack(MessageID)
        case fetch
        /// A fetch of what waited before the subscription to a queue, which an older broker does not push.
        case drain
        case command(UInt64)
        case heartbeat
    }

    /// What one line means. Slices point into the line.
    enum LineAction {
        case published(PublishReport)
        case acknowledged
        case received(id: UnsafeRawBufferPointer, envelope: UnsafeRawBufferPointer)
        case nothingToFetch
        /// A message that answers ``Expectation/drain``: the queue may have more.
        case drained(id: UnsafeRawBufferPointer, envelope: UnsafeRawBufferPointer)
        /// The queue has nothing more that waited.
        case drainEnded
        case reply(command: UInt64, UnsafeRawBufferPointer)
        case established
        case none
        case close(BrokerClientError)
    }

    enum TickAction: Equatable {
        case none
        case sendHeartbeat
        case close(BrokerClientError)
    }

    private enum Mode {
        case commands, consuming, fetching
    }

    private let times: ConnectionTimes
    private var expectations = Deque<Expectation>()
    private var mode = Mode.commands
    private var isEstablished = false
    /// Whether the broker is CipherMQ 1.0 to 1.5: only ours answers `Heartbeat` to a heartbeat.
    private(set) var isOlderBroker = false
    /// When the broker last answered, or was last given something to answer after a pause.
    private var lastProgress: NIODeadline
    private var lastSent: NIODeadline

    init(times: ConnectionTimes, now: NIODeadline) {
        self.times = times
        lastProgress = now
        lastSent = now
    }

    /// How many commands wait for their answers.
    var outstanding: Int { expectations.count }

    /// Notes commands that are written now.
    mutating func sent(_ commands: some Collection<Expectation>, now: NIODeadline) {
        if expectations.isEmpty { lastProgress = now }
        lastSent = now
        expectations.append(contentsOf: commands)
        if mode != .consuming, commands.contains(.fetch) { mode = .fetching }
    }

    /// Notes that messages will be pushed from now on.
    mutating func startedConsuming() {
        mode = .consuming
    }

    mutating func received(_ line: UnsafeRawBufferPointer, now: NIODeadline) -> LineAction {
        switch ServerLine.parse(line) {
        case .message(let id, let envelope): return message(id, envelope, now)
        case .ack(let id):
            guard case .publish(let ticket, let expected)? = expectations.first, expected.isSpelled(id) else {
                return unexpected(line)
            }
            answered(now)
            return .published(PublishReport(ticket: ticket, outcome: .done))
        case .ackConfirmed(let id):
            guard case .ack(let expected)? = expectations.first, expected.isSpelled(id) else {
                return unexpected(line)
            }
            answered(now)
            return .acknowledged
        case .reply(let text): return reply(text, now)
        }
    }

    private mutating func message(
        _ id: UnsafeRawBufferPointer,
        _ envelope: UnsafeRawBufferPointer,
        _ now: NIODeadline
    ) -> LineAction {
        switch mode {
        case .consuming:
            guard expectations.first == .drain else { return .received(id: id, envelope: envelope) }
            // Or it was pushed meanwhile: then the fetch's own answer is taken for a pushed one.
            answered(now)
            return .drained(id: id, envelope: envelope)
        case .fetching where expectations.first == .fetch:
            answered(now)
            return .received(id: id, envelope: envelope)
        case .commands, .fetching: return .close(Self.violation("a message that nobody asked for"))
        }
    }

    private mutating func reply(_ text: UnsafeRawBufferPointer, _ now: NIODeadline) -> LineAction {
        let isForFetch = expectations.first == .fetch || expectations.first == .drain
        // The answer to a fetch that a pushed message was taken for.
        if isOlderBroker, mode == .consuming, !isForFetch, text.equals("No messages") { return .none }
        guard let expectation = expectations.first else { return unexpected(text) }
        answered(now)
        switch expectation {
        case .publish(let ticket, _):
            return .published(PublishReport(ticket: ticket, outcome: .notDone(reason: Self.reason(text))))
        case .ack:
            // An older broker says so when it forgot the message; there is nothing left to confirm.
            return .acknowledged
        case .fetch:
            if text.equals("No messages") { return .nothingToFetch }
            return .close(BrokerClientError(.refused, "the broker refuses to fetch: \(Self.reason(text))"))
        case .drain: return .drainEnded
        case .command(let number): return .reply(command: number, text)
        case .heartbeat:
            guard !isEstablished else { return .none }
            if text.dropping("Error: ") != nil {
                return .close(BrokerClientError(.refused, "the broker refuses the connection: \(Self.reason(text))"))
            }
            isEstablished = true
            isOlderBroker = !text.equals("Heartbeat")
            return .established
        }
    }

    /// What is due: a heartbeat after a pause, the end after a long silence of the broker.
    mutating func tick(now: NIODeadline) -> TickAction {
        // Until the first answer the time for connecting counts.
        guard isEstablished else { return .none }
        if !expectations.isEmpty, now - lastProgress > times.reply {
            return .close(BrokerClientError(.timeout, "the broker left commands without an answer for too long"))
        }
        return now - lastSent >= times.heartbeat ? .sendHeartbeat : .none
    }

    /// Takes what is left without an answer, for the end of the connection.
    mutating func takeUnanswered() -> Deque<Expectation> {
        defer { expectations.removeAll() }
        return expectations
    }

    private mutating func answered(_ now: NIODeadline) {
        expectations.removeFirst()
        lastProgress = now
    }

    private func unexpected(_ line: UnsafeRawBufferPointer) -> LineAction {
        if expectations.isEmpty, line.dropping("Error: ") != nil {
            return .close(BrokerClientError(.refused, "the broker ends the connection: \(Self.reason(line))"))
        }
        return .close(Self.violation("an answer that fits no command: \(Self.excerpt(line))"))
    }

    private static func violation(_ what: String) -> BrokerClientError {
        BrokerClientError(.protocolViolation, "the broker sent \(what)")
    }

    private static func reason(_ text: UnsafeRawBufferPointer) -> String {
        excerpt(text.dropping("Error: ") ?? text)
    }

    /// A peer's text for a message of ours: bounded, because lines may be long.
    private static func excerpt(_ text: UnsafeRawBufferPointer) -> String {
        let shown = String(decoding: text.prefix(300), as: UTF8.self)
        return text.count > 300 ? "\(shown)…" : shown
    }
}

extension MessageID {
    /// Whether `bytes` are this identity as text.
    func isSpelled(_ bytes: UnsafeRawBufferPointer) -> Bool {
        withUTF8 { text in
            guard text.count == bytes.count, let left = text.baseAddress, let right = bytes.baseAddress else {
                return false
            }
            return memcmp(left, right, text.count) == 0
        }
    }
}
