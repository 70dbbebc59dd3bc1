internal import CMQWire

/// The whole state as bytes, so that recovery need not read the journal from its beginning.
/// The layout is in `docs/journal.md`.
extension BrokerCore {
    private static let checkpointVersion: UInt8 = 1

    /// The state as of the last record that was made. The caller keeps it back until that record is durable.
    package func checkpoint() -> [UInt8] {
        var output: [UInt8] = [Self.checkpointVersion]
        output.append(integer: nextSequence)
        encodeTopology(into: &output)
        var live: [UInt32] = []
        forEachMessage { if messages[$0].phase != .settled { live.append($0) } }
        output.append(integer: UInt64(live.count))
        for number in live { encode(number, into: &output) }
        output.append(integer: UInt64(settledCount))
        var settled = firstSettled
        while settled != none {
            output.append(messages[settled].id)
            output.append(text: names[messages[settled].sender])
            output.append(integer: messages[settled].settledAt)
            settled = messages[settled].nextSettled
        }
        return output
    }

    /// Takes a checkpoint in; the core must be new.
    package mutating func restore(checkpoint bytes: UnsafeRawBufferPointer) throws(RecordError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.integer()
        guard version == Self.checkpointVersion else { throw .unknownKind(version) }
        nextSequence = try reader.integer()
        try decodeTopology(from: &reader)
        let liveCount: UInt64 = try reader.integer()
        for _ in 0..<liveCount { try decodeMessage(from: &reader) }
        let settledCount: UInt64 = try reader.integer()
        for _ in 0..<settledCount { try decodeSettled(from: &reader) }
        guard reader.remaining.isEmpty else { throw .malformed }
    }

    private func encodeTopology(into output: inout [UInt8]) {
        output.append(integer: UInt32(queues.count))
        for queue in queues { output.append(text: queue.name) }
        output.append(integer: UInt32(exchanges.count))
        for (name, exchange) in exchanges.sorted(by: { $0.key < $1.key }) {
            output.append(text: name)
            output.append(exchange.kind.rawValue)
            output.append(integer: UInt32(exchange.bindings.count))
            for (key, queues) in exchange.bindings.sorted(by: { $0.key < $1.key }) {
                output.append(text: key)
                output.append(integer: UInt32(queues.count))
                for queue in queues { output.append(integer: queue) }
            }
        }
    }

    private mutating func decodeTopology(from reader: inout ByteReader) throws(RecordError) {
        let queueCount: UInt32 = try reader.integer()
        for number in 0..<queueCount {
            try replay(.queueDeclared(number: number, name: try reader.text(), time: 0), at: 0)
        }
        let exchangeCount: UInt32 = try reader.integer()
        for _ in 0..<exchangeCount {
            let name = try reader.text()
            guard let kind = ExchangeKind(rawValue: try reader.integer()) else { throw .malformed }
            try replay(.exchangeDeclared(name: name, kind: kind, time: 0), at: 0)
            let keyCount: UInt32 = try reader.integer()
            for _ in 0..<keyCount {
                let key = try reader.text()
                let boundCount: UInt32 = try reader.integer()
                for _ in 0..<boundCount {
                    let queue: UInt32 = try reader.integer()
                    try replay(.bound(queue: queue, exchange: name, routingKey: key, time: 0), at: 0)
                }
            }
        }
    }

    private func encode(_ number: UInt32, into output: inout [UInt8]) {
        let message = messages[number]
        output.append(message.id)
        output.append(integer: message.sequence)
        output.append(integer: message.location)
        output.append(integer: message.size)
        output.append(text: names[message.sender])
        output.append(text: message.receiver == none ? "" : names[message.receiver])
        var count: UInt16 = 0
        forEachCopy(of: message) { _ in count += 1 }
        output.append(integer: count)
        forEachCopy(of: message) { copy in
            output.append(integer: copy.queue)
            output.append(integer: copy.origin)
            output.append(copy.reason.rawValue)
            output.append(integer: copy.failures)
            output.append(integer: copy.deliveries)
            output.append(integer: copy.enqueuedAt)
            output.append(text: copy.lastReceiver == none ? "" : names[copy.lastReceiver])
        }
    }

    private func forEachCopy(of message: StoredMessage, _ body: (Copy) -> Void) {
        var number = message.firstCopy
        while number != none {
            body(copies[number])
            number = copies[number].nextOfMessage
        }
    }

    private mutating func decodeMessage(from reader: inout ByteReader) throws(RecordError) {
        let id = try reader.messageID()
        let sequence: UInt64 = try reader.integer()
        let location: UInt64 = try reader.integer()
        let size: UInt32 = try reader.integer()
        let sender = try reader.text()
        let receiver = try reader.text()
        guard messages.find(id) == nil else { throw .malformed }
        let number = messages.insert(
            StoredMessage(
                id: id,
                sequence: sequence,
                location: location,
                size: size,
                sender: names.retain(sender),
                receiver: receiver.isEmpty ? none : names.retain(receiver),
                phase: .live
            )
        )
        let copyCount: UInt16 = try reader.integer()
        var decoded: [Copy] = []
        for _ in 0..<copyCount { decoded.append(try decodeCopy(of: number, from: &reader)) }
        for var copy in decoded.reversed() {
            copy.nextOfMessage = messages[number].firstCopy
            messages[number].firstCopy = copies.insert(copy)
            queues[Int(copy.queue)].messages += 1
            queues[Int(copy.queue)].bytes += Int(size)
        }
    }

    private mutating func decodeCopy(of message: UInt32, from reader: inout ByteReader) throws(RecordError) -> Copy {
        var copy = Copy(message: message, queue: try reader.integer(), enqueuedAt: 0)
        copy.origin = try reader.integer()
        guard let reason = DeadLetterReason(rawValue: try reader.integer()) else { throw .malformed }
        copy.reason = reason
        copy.failures = try reader.integer()
        copy.deliveries = try reader.integer()
        copy.enqueuedAt = try reader.integer()
        let lastReceiver = try reader.text()
        if !lastReceiver.isEmpty { copy.lastReceiver = names.retain(lastReceiver) }
        guard copy.queue < queues.count, copy.origin == none || copy.origin < queues.count else { throw .malformed }
        return copy
    }

    private mutating func decodeSettled(from reader: inout ByteReader) throws(RecordError) {
        let id = try reader.messageID()
        let sender = try reader.text()
        let settledAt: Int64 = try reader.integer()
        guard messages.find(id) == nil else { throw .malformed }
        let number = messages.insert(
            StoredMessage(id: id, sequence: .max, size: 0, sender: names.retain(sender), receiver: none)
        )
        settle(number, at: settledAt)
    }
}
