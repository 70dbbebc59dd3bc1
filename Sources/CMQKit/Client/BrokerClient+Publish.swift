public import CMQWire
internal import NIOCore

extension BrokerClient {
    /// Publishes an envelope and waits for what becomes of it.
    ///
    /// Waits first while ``BrokerClientConfiguration/publishWindow`` messages have no answer yet.
    ///
    /// - Parameters:
    ///   - envelope: One JSON object without line breaks, whose `message_id` is `messageID`.
    ///   - messageID: The identity under which the broker recognises a repetition.
    /// - Throws: ``BrokerClientError`` when nothing was written: the message is certainly not published.
    public func publish(
        envelope: some Collection<UInt8> & Sendable,
        messageID: MessageID,
        exchange: String,
        routingKey: String
    ) async throws(BrokerClientError) -> PublishOutcome {
        let pending = try await submit(
            envelope: envelope,
            messageID: messageID,
            exchange: exchange,
            routingKey: routingKey
        )
        return await pending.outcome
    }

    /// Publishes an envelope and returns as soon as the window has room, before the broker answers.
    ///
    /// - Throws: ``BrokerClientError`` when nothing was written: the message is certainly not published.
    public func submit(
        envelope: some Collection<UInt8> & Sendable,
        messageID: MessageID,
        exchange: String,
        routingKey: String
    ) async throws(BrokerClientError) -> PendingPublish {
        let head = try PublishHead(exchange: exchange, routingKey: routingKey)
        guard !envelope.isEmpty, !envelope.contains(UInt8(ascii: "\n")) else {
            throw BrokerClientError(.invalidArgument, "an envelope is one line of JSON")
        }
        let (ticket, publication) = try await state.window.enter(bytes: envelope.count)
        outbox.append { bytes, expectations in
            bytes.writeBytes(head.bytes)
            bytes.writeBytes(envelope)
            bytes.writeInteger(UInt8(ascii: "\n"))
            expectations.append(.publish(ticket: ticket, id: messageID))
        }
        return publication
    }

    /// Publishes lines that are ready for the wire, in one write; outcomes go to the observer.
    package func publish(_ lines: [OutgoingLine]) {
        outbox.append { bytes, expectations in
            bytes.reserveCapacity(minimumWritableBytes: lines.reduce(0) { $0 + $1.bytes.count })
            expectations.reserveCapacity(expectations.count + lines.count)
            for line in lines {
                bytes.writeBytes(line.bytes)
                expectations.append(.publish(ticket: line.ticket, id: line.messageID))
            }
        }
    }
}
