import CMQBrokerCore
import CMQWire

/// Commands as the lines that the broker's own parser reads.
extension ClientCommand {
    var line: String {
        switch self {
        case .declareQueue(let queue): "declare_queue \(queue)\n"
        case .declareExchange(let exchange, let kind): "declare_exchange \(exchange) \(kind ?? "")\n"
        case .bind(let first, let second, let key): "bind \(first) \(second) \(key)\n"
        case .publish(let publication):
            publication.isInBatch
                ? "publish_batch \(publication.exchange) \(publication.routingKey) [\(Self.envelope(publication))]\n"
                : "publish \(publication.exchange) \(publication.routingKey) \(Self.envelope(publication))\n"
        case .acknowledge(let id): "ack \(id)\n"
        case .consume(let queue, let prefetch): "consume \(queue) \(prefetch.map(String.init) ?? "")\n"
        case .fetch(let queue): "fetch \(queue)\n"
        case .release(let id): "release \(id?.description ?? "*")\n"
        case .reject(let id, let reason): "reject \(id) \(reason)\n"
        case .resend(let id): "resend \(id)\n"
        case .redrive(let queue): "redrive \(queue)\n"
        case .purge(let queue): "purge \(queue)\n"
        }
    }

    /// As long as the publication says, when its header fits.
    private static func envelope(_ publication: BrokerCore.Publication) -> String {
        let receiver = publication.receiver.map { #","receiver_client_id":"\#($0)""# } ?? ""
        let header = #"{"message_id":"\#(publication.id)"\#(receiver)"#
        let blanks = max(publication.size - header.utf8.count - 1, 0)
        return header + String(repeating: " ", count: blanks) + "}"
    }

    /// What the broker understands of a line.
    init(line: ArraySlice<UInt8>) throws(Violation) {
        let command = line.withUnsafeBytes { Self.read($0) }
        guard let command else {
            throw Violation(.rightAnswer, "the broker does not understand '\(String(decoding: line, as: UTF8.self))'")
        }
        self = command
    }

    private static func read(_ line: UnsafeRawBufferPointer) -> ClientCommand? {
        switch CommandParser.parse(line) {
        case .declareQueue(let queue): .declareQueue(text(queue))
        case .declareExchange(let exchange, let kind): .declareExchange(text(exchange), kind: kind.map(text))
        case .bind(let first, let second, let key): .bind(text(first), text(second), key: text(key))
        case .publish(let publication): publish(publication)
        case .publishBatch(let publication): publishBatch(publication)
        case .consume(let queue, let prefetch): .consume(text(queue), prefetch: prefetch.flatMap { Int(text($0)) })
        case .fetch(let queue): .fetch(text(queue))
        case .ack(let id): MessageID(text(id)).map(Self.acknowledge)
        case .release(let id): text(id) == "*" ? .release(nil) : MessageID(text(id)).map(Self.release)
        case .reject(let id, let reason): MessageID(text(id)).map { .reject($0, reason: reason.map(text) ?? "") }
        case .resend(let id): MessageID(text(id)).map(Self.resend)
        case .redrive(let queue): .redrive(text(queue))
        case .purge(let queue): .purge(text(queue))
        default: nil
        }
    }

    private static func publish(_ publication: Command.Publication) -> ClientCommand? {
        var receivers = TextMemo()
        guard let header = try? EnvelopeHeader.read(publication.content, receivers: &receivers) else { return nil }
        return command(publication, header, size: publication.content.count, isInBatch: false)
    }

    private static func publishBatch(_ publication: Command.Publication) -> ClientCommand? {
        var receivers = TextMemo()
        var found: ClientCommand?
        try? EnvelopeHeader.readBatch(publication.content, receivers: &receivers) { envelope, header in
            found = command(publication, header, size: envelope.count, isInBatch: true)
        }
        return found
    }

    private static func command(
        _ publication: Command.Publication,
        _ header: EnvelopeHeader,
        size: Int,
        isInBatch: Bool
    ) -> ClientCommand {
        .publish(
            BrokerCore.Publication(
                exchange: text(publication.exchange),
                routingKey: text(publication.routingKey),
                id: header.messageID,
                receiver: header.receiver,
                size: size,
                isInBatch: isInBatch
            )
        )
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
