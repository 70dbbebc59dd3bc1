internal import CMQWire
internal import NIOCore

/// Cuts what comes from the broker into lines, asks the state machine what they mean, and reports
/// the results of one read burst together.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let configuration: BrokerClientConfiguration
    private let events: any ConnectionEvents
    private var machine: ConnectionStateMachine
    private var framer: LineFramer
    private var context: ChannelHandlerContext?
    private var ticker: Scheduled<Void>?
    private var failure: BrokerClientError?
    /// Commands for an older broker that wait until it has answered the one before.
    private var held = HeldCommands()
    /// Queues of an older broker with messages that waited before we subscribed.
    private var undrained: [String] = []
    private var isDraining = false
    private var isPaused = false
    private var hasHeldRead = false

    /// A line without its end, in front of what comes next.
    private var unfinished = ByteBuffer()
    // What one read burst brought.
    private var reports: [PublishReport] = []
    private var messages: [ReceivedMessage] = []
    private var acknowledged = 0
    private var nothingToFetch = 0

    init(configuration: BrokerClientConfiguration, events: any ConnectionEvents) {
        self.configuration = configuration
        self.events = events
        framer = LineFramer(lineBytesMax: configuration.lineBytesMax)
        let times = ConnectionTimes(
            reply: TimeAmount(configuration.replyTimeout),
            heartbeat: TimeAmount(configuration.heartbeatInterval)
        )
        machine = ConnectionStateMachine(times: times, now: .now())
    }

    // MARK: Commands

    /// Writes commands and notes which answers they will have.
    func send(_ bytes: ByteBuffer, expecting expectations: [ConnectionStateMachine.Expectation]) {
        guard let context, failure == nil else {
            events.closed(failure ?? lost, unanswered: expectations)
            return
        }
        guard machine.isOlderBroker else {
            machine.sent(expectations, now: .now())
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
            return
        }
        held.append(bytes, expectations)
        sendHeld()
        report()
    }

    /// One command at a time: an older broker takes whatever it reads at once for one.
    private func sendHeld() {
        while let context, machine.outstanding == 0, let command = held.next() {
            if let refusal = command.refusal {
                reports.append(refusal)
                continue
            }
            machine.sent([command.expectation], now: .now())
            context.writeAndFlush(wrapOutboundOut(command.line), promise: nil)
        }
    }

    func startConsuming() {
        machine.startedConsuming()
    }

    /// Notes that an older broker has messages in `queue` that it will not push.
    func drainLater(_ queue: String) {
        undrained.append(queue)
    }

    /// Takes one message that waited, when the one before is dealt with: an older broker forgets what it hands out,
    /// so that only one of them may be lost with this process.
    func drain() {
        guard !isDraining, failure == nil, let queue = undrained.first else { return }
        isDraining = true
        send(ByteBuffer(string: "fetch \(queue)\n"), expecting: [.drain])
    }

    func resumeReading() {
        isPaused = false
        guard hasHeldRead else { return }
        hasHeldRead = false
        context?.read()
    }

    func close(_ error: BrokerClientError) {
        if failure == nil { failure = error }
        context?.close(promise: nil)
    }

    private var lost: BrokerClientError {
        BrokerClientError(.connectionLost, "the broker at \(configuration.address) closed the connection")
    }

    // MARK: Channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelActive(context: ChannelHandlerContext) {
        // Any answer shows that the broker is one and took our certificate: in TLS 1.3 a client
        // learns of a refusal only when it reads. TLS holds the line back until it is ready.
        sendHeartbeat()
        let interval = min(TimeAmount(configuration.replyTimeout), TimeAmount(configuration.heartbeatInterval))
        let quarter = TimeAmount.nanoseconds(max(interval.nanoseconds / 4, 1_000_000))
        scheduleTick(in: quarter, on: context.eventLoop)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var arrived = unwrapInboundIn(data)
        guard failure == nil else { return }
        if unfinished.readableBytes == 0 {
            unfinished = arrived
        } else {
            unfinished.writeBuffer(&arrived)
        }
        readLines()
        sendHeld()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        report()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if isPaused {
            hasHeldRead = true
        } else {
            context.read()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(ConnectionFailure.describe(error, configuration))
    }

    func channelInactive(context: ChannelHandlerContext) {
        ticker?.cancel()
        report()
        events.closed(failure ?? lost, unanswered: Array(machine.takeUnanswered()) + held.takeAll())
        self.context = nil
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    // MARK: Lines

    private func readLines() {
        let now = NIODeadline.now()
        let burst = unfinished
        var offset = 0
        let end = burst.withUnsafeReadableBytes { bytes -> BrokerClientError? in
            while true {
                let unread = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                switch framer.next(in: unread) {
                case .needsMore: return nil
                case .tooLong:
                    return BrokerClientError(
                        .protocolViolation,
                        "the broker sent a line of more than \(configuration.lineBytesMax) bytes"
                    )
                case .line(let length, let consumed):
                    let line = UnsafeRawBufferPointer(rebasing: unread[..<length])
                    if let error = handle(line, at: offset, of: burst, now) { return error }
                    offset += consumed
                }
            }
        }
        if let end {
            report()
            close(end)
            return
        }
        guard offset > 0 else { return }
        // The messages keep the burst's memory; what is unfinished moves to memory of its own, so
        // that appending to it does not copy all of the burst.
        let rest = burst.readableBytesView.dropFirst(offset)
        unfinished = rest.isEmpty ? ByteBuffer() : ByteBuffer(bytes: rest)
    }

    private func handle(
        _ line: UnsafeRawBufferPointer,
        at offset: Int,
        of burst: ByteBuffer,
        _ now: NIODeadline
    ) -> BrokerClientError? {
        switch machine.received(line, now: now) {
        case .published(let report): reports.append(report)
        case .acknowledged: acknowledged += 1
        case .received(let id, let envelope):
            return take(id, envelope, of: line, at: offset, of: burst)
        case .drained(let id, let envelope):
            isDraining = false
            return take(id, envelope, of: line, at: offset, of: burst)
        case .drainEnded:
            isDraining = false
            undrained.removeFirst()
            drain()
        case .nothingToFetch: nothingToFetch += 1
        case .reply(let command, let text):
            // What came before the answer is told before it.
            report()
            events.reply(to: command, String(decoding: text, as: UTF8.self))
        case .established: events.established(isOlderBroker: machine.isOlderBroker)
        case .none: break
        case .close(let error): return error
        }
        return nil
    }

    private func take(
        _ id: UnsafeRawBufferPointer,
        _ envelope: UnsafeRawBufferPointer,
        of line: UnsafeRawBufferPointer,
        at offset: Int,
        of burst: ByteBuffer
    ) -> BrokerClientError? {
        guard let id = MessageID(utf8: id), let lineStart = line.baseAddress, let start = envelope.baseAddress,
            let slice = burst.getSlice(
                at: burst.readerIndex + offset + (start - lineStart),
                length: envelope.count
            )
        else { return BrokerClientError(.protocolViolation, "the broker sent a message without a valid identity") }
        messages.append(ReceivedMessage(messageID: id, envelope: slice))
        return nil
    }

    private func report() {
        if !reports.isEmpty {
            events.published(reports)
            reports.removeAll(keepingCapacity: true)
        }
        if acknowledged > 0 {
            events.acknowledged(acknowledged)
            acknowledged = 0
        }
        if !messages.isEmpty {
            if events.received(messages) { isPaused = true }
            messages.removeAll(keepingCapacity: true)
        }
        if nothingToFetch > 0 {
            events.nothingToFetch(nothingToFetch)
            nothingToFetch = 0
        }
    }

    private func scheduleTick(in interval: TimeAmount, on eventLoop: any EventLoop) {
        ticker = eventLoop.assumeIsolated().scheduleTask(in: interval) { [weak self] in
            self?.tick()
            self?.scheduleTick(in: interval, on: eventLoop)
        }
    }

    private func tick() {
        switch machine.tick(now: .now()) {
        case .none: break
        case .sendHeartbeat: sendHeartbeat()
        case .close(let error): close(error)
        }
    }

    private func sendHeartbeat() {
        send(ByteBuffer(string: "heartbeat\n"), expecting: [.heartbeat])
    }
}
