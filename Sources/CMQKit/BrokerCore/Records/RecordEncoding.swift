internal import CMQWire

extension BrokerRecord {
    /// Appends the payload as the journal keeps it, for ``published`` without the line that follows.
    package func encode(into output: inout [UInt8]) {
        switch self {
        case .published(let record): record.encode(into: &output)
        case .delivered(let record, let attempt):
            output.append(integer: attempt)
            record.encode(into: &output)
        case .acknowledged(let record), .purged(let record), .failureCounted(let record):
            record.encode(into: &output)
        case .deadLettered(let record, let queue, let reason):
            output.append(integer: queue)
            output.append(reason.rawValue)
            record.encode(into: &output)
        case .redriven(let record, let queue):
            output.append(integer: queue)
            record.encode(into: &output)
        case .exchangeDeclared(let name, let kind, let time):
            output.append(integer: time)
            output.append(kind.rawValue)
            output.append(text: name)
        case .queueDeclared(let number, let name, let time):
            output.append(integer: time)
            output.append(integer: number)
            output.append(text: name)
        case .bound(let queue, let exchange, let routingKey, let time):
            output.append(integer: time)
            output.append(integer: queue)
            output.append(text: exchange)
            output.append(text: routingKey)
        }
    }

    /// Reads a payload back.
    ///
    /// - Returns: The record, and for ``published`` the line `<message_id> <envelope>\n` at its end.
    package static func decode(
        kind: UInt8,
        payload: UnsafeRawBufferPointer
    ) throws(RecordError) -> (record: BrokerRecord, line: UnsafeRawBufferPointer) {
        guard let kind = Kind(rawValue: kind) else { throw .unknownKind(kind) }
        var reader = ByteReader(payload)
        let record: BrokerRecord
        switch kind {
        case .published: record = .published(try PublishedRecord(from: &reader))
        case .delivered:
            let attempt: UInt16 = try reader.integer()
            record = .delivered(try CopyRecord(from: &reader), attempt: attempt)
        case .acknowledged: record = .acknowledged(try CopyRecord(from: &reader))
        case .deadLettered:
            let queue: UInt32 = try reader.integer()
            guard let reason = DeadLetterReason(rawValue: try reader.integer()) else { throw .malformed }
            record = .deadLettered(try CopyRecord(from: &reader), into: queue, reason: reason)
        case .redriven:
            let queue: UInt32 = try reader.integer()
            record = .redriven(try CopyRecord(from: &reader), into: queue)
        case .purged: record = .purged(try CopyRecord(from: &reader))
        case .failureCounted: record = .failureCounted(try CopyRecord(from: &reader))
        case .exchangeDeclared:
            let time: Int64 = try reader.integer()
            guard let exchangeKind = ExchangeKind(rawValue: try reader.integer()) else { throw .malformed }
            record = .exchangeDeclared(name: try reader.text(), kind: exchangeKind, time: time)
        case .queueDeclared:
            let time: Int64 = try reader.integer()
            record = .queueDeclared(number: try reader.integer(), name: try reader.text(), time: time)
        case .bound:
            let time: Int64 = try reader.integer()
            let queue: UInt32 = try reader.integer()
            record = .bound(queue: queue, exchange: try reader.text(), routingKey: try reader.text(), time: time)
        }
        if case .published(let published) = record {
            guard reader.remaining.count == published.lineBytes else { throw .malformed }
            return (record, reader.remaining)
        }
        guard reader.remaining.isEmpty else { throw .malformed }
        return (record, reader.remaining)
    }
}

/// Why a record cannot be read although its checksum is right.
package enum RecordError: Error, Equatable {
    /// Written by a newer version.
    case unknownKind(UInt8)
    case malformed
}

extension PublishedRecord {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(integer: time)
        output.append(integer: sequence)
        output.append(integer: size)
        output.append(integer: UInt16(queues.count))
        for queue in queues { output.append(integer: queue) }
        output.append(id)
        output.append(text: sender)
        output.append(text: exchange)
        output.append(text: routingKey)
        output.append(text: receiver ?? "")
    }

    fileprivate init(from reader: inout ByteReader) throws(RecordError) {
        time = try reader.integer()
        sequence = try reader.integer()
        size = try reader.integer()
        let count: UInt16 = try reader.integer()
        queues = []
        for _ in 0..<count { queues.append(try reader.integer()) }
        id = try reader.messageID()
        sender = try reader.text()
        exchange = try reader.text()
        routingKey = try reader.text()
        let receiver = try reader.text()
        self.receiver = receiver.isEmpty ? nil : receiver
    }
}

extension CopyRecord {
    fileprivate func encode(into output: inout [UInt8]) {
        output.append(integer: time)
        output.append(integer: sequence)
        output.append(integer: queue)
        output.append(id)
        output.append(text: client)
    }

    fileprivate init(from reader: inout ByteReader) throws(RecordError) {
        time = try reader.integer()
        sequence = try reader.integer()
        queue = try reader.integer()
        id = try reader.messageID()
        client = try reader.text()
    }
}
