import CMQWire
import Testing

@Suite struct CommandParserTests {
    /// A readable form of a parsed line.
    private func parsed(_ line: String) -> String {
        Array(line.utf8).withUnsafeBytes { bytes in
            func text(_ slice: UnsafeRawBufferPointer?) -> String {
                slice.map { "<\(String(decoding: $0, as: UTF8.self))>" } ?? "-"
            }
            return switch CommandParser.parse(bytes) {
            case .declareQueue(let queue): "declareQueue \(text(queue))"
            case .declareExchange(let exchange, let kind): "declareExchange \(text(exchange)) \(text(kind))"
            case .bind(let first, let second, let key): "bind \(text(first)) \(text(second)) \(text(key))"
            case .publish(let publication):
                "publish \(text(publication.exchange)) \(text(publication.routingKey)) \(text(publication.content))"
            case .publishBatch(let publication):
                "batch \(text(publication.exchange)) \(text(publication.routingKey)) \(text(publication.content))"
            case .consume(let queue, let prefetch): "consume \(text(queue)) \(text(prefetch))"
            case .fetch(let queue): "fetch \(text(queue))"
            case .ack(let id): "ack \(text(id))"
            case .release(let id): "release \(text(id))"
            case .reject(let id, let reason): "reject \(text(id)) \(text(reason))"
            case .resend(let id): "resend \(text(id))"
            case .registerPublicKey(let key): "registerPublicKey \(text(key))"
            case .getPublicKey(let client): "getPublicKey \(text(client))"
            case .registerKey(let client, let key): "registerKey \(text(client)) \(text(key))"
            case .getKey(let client): "getKey \(text(client))"
            case .heartbeat: "heartbeat"
            case .stats: "stats"
            case .redrive(let queue): "redrive \(text(queue))"
            case .purge(let queue): "purge \(text(queue))"
            case .incomplete(let reply): "incomplete \(reply.line)"
            case .unknown: "unknown"
            }
        }
    }

    @Test(arguments: [
        ("declare_queue q", "declareQueue <q>"),
        ("declare_queue", "incomplete Missing queue name"),
        ("declare_exchange x", "declareExchange <x> -"),
        ("declare_exchange x fanout", "declareExchange <x> <fanout>"),
        ("declare_exchange", "incomplete Missing exchange name"),
        ("bind q x k", "bind <q> <x> <k>"),
        ("bind q x", "incomplete Missing parameters"),
        ("publish x k {\"a\": 1, \"b\": \"c d\"}", "publish <x> <k> <{\"a\": 1, \"b\": \"c d\"}>"),
        ("publish x k", "incomplete Missing parameters"),
        ("publish_batch x k [{}, {}]", "batch <x> <k> <[{}, {}]>"),
        ("consume q", "consume <q> -"),
        ("consume q 10", "consume <q> <10>"),
        ("fetch q", "fetch <q>"),
        ("ack m", "ack <m>"),
        ("ack", "incomplete Missing message ID"),
        ("release *", "release <*>"),
        ("reject m bad_tag", "reject <m> <bad_tag>"),
        ("resend m", "resend <m>"),
        ("register_public_key abc=", "registerPublicKey <abc=>"),
        ("register_key c abc=", "registerKey <c> <abc=>"),
        ("register_key c", "incomplete Missing client ID or public key"),
        ("get_public_key c", "getPublicKey <c>"),
        ("get_key c", "getKey <c>"),
        ("get_key", "incomplete Missing client ID"),
        ("heartbeat", "heartbeat"),
        ("stats", "stats"),
        ("redrive q", "redrive <q>"),
        ("purge q", "purge <q>"),
        ("  ack   m  ", "ack <m>"),
        ("\tack m\r", "ack <m>"),
        ("", "unknown"),
        ("   ", "unknown"),
        ("PUBLISH x k {}", "unknown"),
        ("acknowledge m", "unknown"),
        ("\u{0} ack", "unknown"),
    ])
    func takesLinesApart(line: String, expected: String) {
        #expect(parsed(line) == expected)
    }

    @Test(arguments: [
        ("ACK m1", "ack m1"), ("ACK_CONFIRMED m1", "confirmed m1"), ("Message: m1 {\"a\": 1}", "message m1 {\"a\": 1}"),
        ("Message: m1", "reply Message: m1"), ("Queue declared", "reply Queue declared"), ("", "reply "),
        ("Error: x", "reply Error: x"),
    ])
    func takesTheBrokersLinesApart(line: String, expected: String) {
        let parsed = Array(line.utf8).withUnsafeBytes { bytes -> String in
            func text(_ slice: UnsafeRawBufferPointer) -> String { String(decoding: slice, as: UTF8.self) }
            return switch ServerLine.parse(bytes) {
            case .message(let id, let envelope): "message \(text(id)) \(text(envelope))"
            case .ack(let id): "ack \(text(id))"
            case .ackConfirmed(let id): "confirmed \(text(id))"
            case .reply(let line): "reply \(text(line))"
            }
        }
        #expect(parsed == expected)
    }
}
