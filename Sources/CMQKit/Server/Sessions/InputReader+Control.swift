internal import CMQWire

extension InputReader {
    /// Every command but `publish` and `publish_batch`, whose envelopes need the buffer they lie in.
    static func input(for command: Command) -> SessionInput {
        switch command {
        case .ack(let id): withID(id) { .acknowledge($0) }
        case .declareQueue(let queue): withText(queue) { .control(.declareQueue($0)) }
        case .declareExchange(let exchange, let kind):
            withText(exchange) { .control(.declareExchange($0, kind: kind.map(text))) }
        case .bind(let first, let second, let key):
            withText(first) { first in
                withText(second) { second in
                    withText(key) { .control(.bind(first, second, routingKey: $0)) }
                }
            }
        case .consume(let queue, let prefetch): consume(queue, prefetch)
        case .fetch(let queue): withText(queue) { .control(.fetch($0)) }
        case .release(let id) where id.equals("*"): .control(.release(nil))
        case .release(let id): withID(id) { .control(.release($0)) }
        case .reject(let id, let reason):
            withID(id) { .control(.reject($0, reason: reason.map(text) ?? "")) }
        case .resend(let id): withID(id, orElse: .messageNotFound) { .control(.resend($0)) }
        case .registerPublicKey(let key):
            .control(.registerKey(KeyRegistration(client: nil, key: text(key), dialect: .current)))
        case .registerKey(let client, let key):
            .control(.registerKey(KeyRegistration(client: text(client), key: text(key), dialect: .older)))
        case .getPublicKey(let client): withText(client) { .control(.getKey(client: $0, dialect: .current)) }
        case .getKey(let client): withText(client) { .control(.getKey(client: $0, dialect: .older)) }
        case .heartbeat: .answer(.heartbeat)
        case .stats: .control(.stats)
        case .redrive(let queue): withText(queue) { .control(.redrive($0)) }
        case .purge(let queue): withText(queue) { .control(.purge($0)) }
        case .incomplete(let reply): .answer(reply)
        case .unknown, .publish, .publishBatch: .answer(.unknownCommand)
        }
    }

    private static func consume(_ queue: UnsafeRawBufferPointer, _ prefetch: UnsafeRawBufferPointer?) -> SessionInput {
        guard let prefetch else { return withText(queue) { .control(.consume($0, prefetch: nil)) } }
        guard let credit = Int(text(prefetch)), credit > 0 else {
            return .answer(.error("the prefetch must be a number from 1"))
        }
        return withText(queue) { .control(.consume($0, prefetch: credit)) }
    }

    private static func withID(
        _ bytes: UnsafeRawBufferPointer,
        orElse refusal: Reply = .error("invalid message ID"),
        _ make: (MessageID) -> SessionInput
    ) -> SessionInput {
        guard String(validating: bytes, as: UTF8.self) != nil, let id = MessageID(utf8: bytes) else {
            return .answer(refusal)
        }
        return make(id)
    }

    private static func withText(
        _ bytes: UnsafeRawBufferPointer,
        _ make: (String) -> SessionInput
    ) -> SessionInput {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return .answer(.error("names must be valid UTF-8"))
        }
        return make(text)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
