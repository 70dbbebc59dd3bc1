internal import CMQClient
internal import CMQCommand
internal import CMQCrypto
internal import CMQWire

/// Makes messages out of lines: identity, standard form, encryption, and the command that publishes them.
struct MessageComposer {
    /// What is kept for each destination.
    private struct Route {
        let destination: Destination
        let head: [UInt8]
        var sealer: MessageSealer?
    }

    private let suite: EnvelopeSuite
    private let sessionKeyLimits: SessionKeyLimits
    private let isRaw: Bool
    private var standard: StandardMessage
    private var generator = MessageIDGenerator()
    private var milliseconds: UInt64 = 0
    private var now = ContinuousClock.now
    private var routes: [Route] = []
    private var indices: [Destination: Int] = [:]
    private var plaintext: [UInt8] = []

    init(_ request: SendRequest, senderID: String) {
        suite = request.suite
        sessionKeyLimits = request.sessionKeyLimits
        isRaw = request.isRaw
        standard = StandardMessage(senderID: senderID)
        tick()
    }

    /// Takes the time for the messages that follow.
    mutating func tick() {
        now = .now
        let milliseconds = MessageIDGenerator.now()
        guard milliseconds != self.milliseconds else { return }
        self.milliseconds = milliseconds
        standard.setTimestamp(
            RFC3339.text(seconds: Int(milliseconds / 1_000), milliseconds: Int(milliseconds % 1_000))
        )
    }

    /// The number of a destination, which the following calls take.
    mutating func route(_ destination: Destination) throws(CommandFailure) -> Int {
        if let index = indices[destination] { return index }
        do throws(BrokerClientError) {
            let head = try PublishHead(exchange: destination.exchange, routingKey: destination.routingKey)
            routes.append(Route(destination: destination, head: head.bytes))
        } catch {
            throw CommandFailure(error)
        }
        indices[destination] = routes.count - 1
        return routes.count - 1
    }

    func destination(_ route: Int) -> Destination { routes[route].destination }

    /// Whether messages for this destination can be sealed.
    func hasKey(_ route: Int) -> Bool { routes[route].sealer != nil }

    mutating func setKey(_ key: ReceiverKey, for route: Int) {
        guard routes[route].sealer?.receiver != key else { return }
        routes[route].sealer = MessageSealer(
            receiver: key,
            receiverClientID: routes[route].destination.receiver,
            suite: suite,
            limits: sessionKeyLimits
        )
    }

    mutating func newIdentity() -> MessageID {
        generator.next(milliseconds: milliseconds)
    }

    /// The plaintext of a line, for a spool that waits for the key.
    mutating func plaintext(_ id: MessageID, _ content: UnsafeRawBufferPointer) -> [UInt8] {
        preparePlaintext(id, content)
        return plaintext
    }

    /// The envelope of a line.
    mutating func envelope(
        _ id: MessageID,
        _ content: UnsafeRawBufferPointer,
        _ route: Int
    ) throws(CommandFailure) -> [UInt8] {
        preparePlaintext(id, content)
        var envelope: [UInt8] = []
        try seal(plaintext, id, route, into: &envelope)
        return envelope
    }

    /// The command that publishes a line.
    mutating func command(
        _ id: MessageID,
        _ content: UnsafeRawBufferPointer,
        _ route: Int
    ) throws(CommandFailure) -> [UInt8] {
        preparePlaintext(id, content)
        var command = start(route, capacity: plaintext.count * 4 / 3 + 400)
        try seal(plaintext, id, route, into: &command)
        command.append(UInt8(ascii: "\n"))
        return command
    }

    /// The command that publishes what a spool held.
    mutating func command(_ record: SpoolRecord, _ route: Int) throws(CommandFailure) -> [UInt8] {
        var command: [UInt8]
        switch record.body {
        case .sealed(let envelope):
            command = start(route, capacity: envelope.count + 1)
            command += envelope
        case .plaintext(let plaintext):
            command = start(route, capacity: plaintext.count * 4 / 3 + 400)
            try seal(plaintext, record.messageID, route, into: &command)
        }
        command.append(UInt8(ascii: "\n"))
        return command
    }

    private func start(_ route: Int, capacity: Int) -> [UInt8] {
        var command: [UInt8] = []
        command.reserveCapacity(routes[route].head.count + capacity)
        command += routes[route].head
        return command
    }

    private mutating func preparePlaintext(_ id: MessageID, _ content: UnsafeRawBufferPointer) {
        plaintext.removeAll(keepingCapacity: true)
        if isRaw {
            plaintext.append(contentsOf: content)
        } else {
            standard.append(id, content: content, to: &plaintext)
        }
    }

    private func seal(
        _ plaintext: [UInt8],
        _ id: MessageID,
        _ route: Int,
        into output: inout [UInt8]
    ) throws(CommandFailure) {
        guard let sealer = routes[route].sealer else {
            throw CommandFailure(.software, "there is no key of '\(routes[route].destination.receiver)'")
        }
        do throws(CryptoError) {
            try plaintext.withUnsafeBufferPointer { (plaintext) throws(CryptoError) in
                try sealer.seal(UnsafeRawBufferPointer(plaintext), messageID: id, now: now, into: &output)
            }
        } catch {
            throw CommandFailure(error)
        }
    }
}
