public import CMQWire
internal import NIOCore

extension BrokerClient {
    /// Subscribes to queues. Messages that wait in them come first.
    ///
    /// - Parameters:
    ///   - queues: One or more; their messages come in one sequence.
    ///   - prefetch: The most messages of a queue that may be here without an acknowledgement.
    /// - Throws: ``BrokerClientError``.
    public func consume(
        _ queues: [String],
        prefetch: Int = 1_000
    ) async throws(BrokerClientError) -> MessageBatches {
        outbox.onEventLoop { $0.startConsuming() }
        for queue in queues {
            let reply =
                isOlderBroker
                ? try await command("consume", queue) : try await command("consume", queue, String(prefetch))
            try expect("Subscribed to queue", reply, "deliver from the queue '\(queue)'")
            // It pushes only what comes from now on.
            if isOlderBroker { outbox.onEventLoop { $0.drainLater(queue) } }
        }
        return MessageBatches(client: self)
    }

    /// Takes at most `count` messages that wait in a queue now; fewer mean that no more are ready.
    ///
    /// - Throws: ``BrokerClientError``.
    public func fetch(_ queue: String, count: Int) async throws(BrokerClientError) -> [ReceivedMessage] {
        guard count > 0 else { return [] }
        let line = try CommandEncoder.line("fetch", [queue])
        return try await state.fetched(count) {
            outbox.append { bytes, expectations in
                for _ in 0..<count {
                    bytes.writeImmutableBuffer(line)
                    expectations.append(.fetch)
                }
            }
        }.get()
    }

    /// Confirms that messages are dealt with; the broker forgets them. They leave in one write;
    /// ``waitUntilConfirmed()`` tells when the broker has noted it.
    ///
    /// - Throws: ``BrokerClientError`` when the connection is gone: the messages will come again.
    public func acknowledge(_ messages: some Collection<MessageID> & Sendable) async throws(BrokerClientError) {
        guard !messages.isEmpty else { return }
        try state.willAcknowledge(messages.count)
        let lines = CommandEncoder.lines("ack", messages)
        outbox.append(lines, expecting: messages.map { .ack($0) })
    }

    /// Waits until the broker has confirmed every acknowledgement.
    ///
    /// - Throws: ``BrokerClientError`` when the connection ended before.
    public func waitUntilConfirmed() async throws(BrokerClientError) {
        await state.waitUntilConfirmed()
        if let end { throw end }
    }

    /// Gives a message back to its queue, without counting a delivery.
    ///
    /// - Throws: ``BrokerClientError``; `unknown_command` from an older broker.
    public func release(_ message: MessageID) async throws(BrokerClientError) {
        _ = try number("Released ", try await command("release", message.description), "take back '\(message)'")
    }

    /// Gives back every message that this connection holds, and says how many there were.
    ///
    /// - Throws: ``BrokerClientError``; `unknown_command` from an older broker.
    @discardableResult
    public func releaseAll() async throws(BrokerClientError) -> Int {
        try number("Released ", try await command("release", "*"), "take back its messages")
    }

    /// Moves a message that can never be used to the queue's dead letters.
    ///
    /// - Parameter reason: One word, such as `bad_tag`.
    /// - Throws: ``BrokerClientError``; `unknown_command` from an older broker.
    public func reject(_ message: MessageID, reason: String) async throws(BrokerClientError) {
        let reply = try await command("reject", message.description, reason)
        try expect("Rejected \(message)", reply, "take '\(message)' as a dead letter")
    }

    /// Ends ``MessageBatches``: what is here and not yet taken stays leased and is not handed out.
    public func stopConsuming() {
        state.messages.finish(.success(()), discarding: true)
        outbox.onEventLoop { $0.resumeReading() }
    }
}
