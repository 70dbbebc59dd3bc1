/// Takes a line apart into a ``Command`` without copying it.
package enum CommandParser {
    /// - Parameter line: One line without its end. Blanks around it are ignored.
    package static func parse(_ line: UnsafeRawBufferPointer) -> Command {
        var fields = FieldReader(line)
        guard let verb = fields.next() else { return .unknown }
        // The two commands that make up nearly all traffic come first.
        if verb.equals("publish") { return publication(&fields, Command.publish) }
        if verb.equals("ack") { return one(&fields, .missingMessageID, Command.ack) }
        return control(verb, &fields)
    }

    private static func control(_ verb: UnsafeRawBufferPointer, _ fields: inout FieldReader) -> Command {
        switch String(decoding: verb, as: UTF8.self) {
        case "publish_batch": publication(&fields, Command.publishBatch)
        case "declare_queue": one(&fields, .missingQueueName, Command.declareQueue)
        case "declare_exchange": oneAndOptional(&fields, .missingExchangeName, Command.declareExchange)
        case "bind": binding(&fields)
        case "consume": oneAndOptional(&fields, .missingQueueName, Command.consume)
        case "fetch": one(&fields, .missingQueueName, Command.fetch)
        case "release": one(&fields, .missingMessageID, Command.release)
        case "reject": oneAndOptional(&fields, .missingMessageID, Command.reject)
        case "resend": one(&fields, .missingMessageID, Command.resend)
        case "register_public_key": one(&fields, .missingPublicKey, Command.registerPublicKey)
        case "get_public_key": one(&fields, .missingClientID, Command.getPublicKey)
        case "register_key": two(&fields, .missingClientIDOrPublicKey, Command.registerKey)
        case "get_key": one(&fields, .missingClientID, Command.getKey)
        case "heartbeat": .heartbeat
        case "stats": .stats
        case "redrive": one(&fields, .missingQueueName, Command.redrive)
        case "purge": one(&fields, .missingQueueName, Command.purge)
        default: .unknown
        }
    }

    private static func one(
        _ fields: inout FieldReader,
        _ missing: Reply,
        _ make: (UnsafeRawBufferPointer) -> Command
    ) -> Command {
        fields.rest().map(make) ?? .incomplete(missing)
    }

    private static func oneAndOptional(
        _ fields: inout FieldReader,
        _ missing: Reply,
        _ make: (UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Command
    ) -> Command {
        guard let first = fields.next() else { return .incomplete(missing) }
        return make(first, fields.rest())
    }

    private static func two(
        _ fields: inout FieldReader,
        _ missing: Reply,
        _ make: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Command
    ) -> Command {
        guard let first = fields.next(), let second = fields.rest() else { return .incomplete(missing) }
        return make(first, second)
    }

    private static func binding(_ fields: inout FieldReader) -> Command {
        guard let first = fields.next(), let second = fields.next(), let key = fields.rest() else {
            return .incomplete(.missingParameters)
        }
        return .bind(first: first, second: second, routingKey: key)
    }

    private static func publication(
        _ fields: inout FieldReader,
        _ make: (Command.Publication) -> Command
    ) -> Command {
        guard let exchange = fields.next(), let key = fields.next(), let content = fields.rest() else {
            return .incomplete(.missingParameters)
        }
        return make(Command.Publication(exchange: exchange, routingKey: key, content: content))
    }
}
