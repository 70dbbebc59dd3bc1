internal import CMQWire

extension BrokerRecord {
    /// Bytes of the payload as the journal keeps it, for ``published`` without the line that follows.
    var encodedSize: Int {
        switch self {
        case .published(let record): record.encodedSize
        case .delivered(let record, _): 2 + record.encodedSize
        case .acknowledged(let record), .purged(let record), .failureCounted(let record): record.encodedSize
        case .deadLettered(let record, _, _): 4 + 1 + record.encodedSize
        case .redriven(let record, _): 4 + record.encodedSize
        case .exchangeDeclared(let name, _, _): 8 + 1 + RecordWriter.size(of: name)
        case .queueDeclared(_, let name, _): 8 + 4 + RecordWriter.size(of: name)
        case .bound(_, let exchange, let routingKey, _):
            8 + 4 + RecordWriter.size(of: exchange) + RecordWriter.size(of: routingKey)
        }
    }

    /// Appends the payload, for ``published`` without the line that follows.
    package func encode(into output: inout [UInt8]) {
        let start = output.count
        output.append(contentsOf: repeatElement(0, count: encodedSize))
        output.withUnsafeMutableBytes { bytes in
            var writer = RecordWriter(UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
            encode(into: &writer)
        }
    }

    func encode(into writer: inout RecordWriter) {
        switch self {
        case .published(let record): record.encode(into: &writer)
        case .delivered(let record, let attempt):
            writer.put(attempt)
            record.encode(into: &writer)
        case .acknowledged(let record), .purged(let record), .failureCounted(let record):
            record.encode(into: &writer)
        case .deadLettered(let record, let queue, let reason):
            writer.put(queue)
            writer.put(reason.rawValue)
            record.encode(into: &writer)
        case .redriven(let record, let queue):
            writer.put(queue)
            record.encode(into: &writer)
        case .exchangeDeclared(let name, let kind, let time):
            writer.put(time)
            writer.put(kind.rawValue)
            writer.put(name)
        case .queueDeclared(let number, let name, let time):
            writer.put(time)
            writer.put(number)
            writer.put(name)
        case .bound(let queue, let exchange, let routingKey, let time):
            writer.put(time)
            writer.put(queue)
            writer.put(exchange)
            writer.put(routingKey)
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
        let record = try BrokerRecord(kind: kind, from: &reader)
        var lineBytes = 0
        if case .published(let published) = record { lineBytes = published.lineBytes }
        guard reader.remaining.count == lineBytes else { throw .malformed }
        return (record, reader.remaining)
    }

    init(kind: Kind, from reader: inout ByteReader) throws(RecordError) {
        switch kind {
        case .published: self = .published(try PublishedRecord(from: &reader))
        case .delivered:
            let attempt: UInt16 = try reader.integer()
            self = .delivered(try CopyRecord(from: &reader), attempt: attempt)
        case .acknowledged: self = .acknowledged(try CopyRecord(from: &reader))
        case .deadLettered:
            let queue: UInt32 = try reader.integer()
            guard let reason = DeadLetterReason(rawValue: try reader.integer()) else { throw .malformed }
            self = .deadLettered(try CopyRecord(from: &reader), into: queue, reason: reason)
        case .redriven:
            let queue: UInt32 = try reader.integer()
            self = .redriven(try CopyRecord(from: &reader), into: queue)
        case .purged: self = .purged(try CopyRecord(from: &reader))
        case .failureCounted: self = .failureCounted(try CopyRecord(from: &reader))
        case .exchangeDeclared:
            let time: Int64 = try reader.integer()
            guard let exchangeKind = ExchangeKind(rawValue: try reader.integer()) else { throw .malformed }
            self = .exchangeDeclared(name: try reader.text(), kind: exchangeKind, time: time)
        case .queueDeclared:
            let time: Int64 = try reader.integer()
            self = .queueDeclared(number: try reader.integer(), name: try reader.text(), time: time)
        case .bound:
            let time: Int64 = try reader.integer()
            let queue: UInt32 = try reader.integer()
            self = .bound(queue: queue, exchange: try reader.text(), routingKey: try reader.text(), time: time)
        }
    }
}

/// Why a record cannot be read although its checksum is right.
package enum RecordError: Error, Equatable {
    /// Written by a newer version.
    case unknownKind(UInt8)
    case malformed
}

extension PublishedRecord {
    var encodedSize: Int {
        8 + 8 + 4 + 2 + 4 * queues.count + RecordWriter.size(of: id) + RecordWriter.size(of: sender)
            + RecordWriter.size(of: exchange) + RecordWriter.size(of: routingKey)
            + RecordWriter.size(of: receiver ?? "")
    }

    func encode(into writer: inout RecordWriter) {
        writer.put(time)
        writer.put(sequence)
        writer.put(size)
        writer.put(UInt16(queues.count))
        for queue in queues { writer.put(queue) }
        writer.put(id)
        writer.put(sender)
        writer.put(exchange)
        writer.put(routingKey)
        writer.put(receiver ?? "")
    }

    fileprivate init(from reader: inout ByteReader) throws(RecordError) {
        time = try reader.integer()
        sequence = try reader.sequence()
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
    var encodedSize: Int {
        8 + 8 + 4 + RecordWriter.size(of: id) + RecordWriter.size(of: client)
    }

    func encode(into writer: inout RecordWriter) {
        writer.put(time)
        writer.put(sequence)
        writer.put(queue)
        writer.put(id)
        writer.put(client)
    }

    fileprivate init(from reader: inout ByteReader) throws(RecordError) {
        time = try reader.integer()
        sequence = try reader.integer()
        queue = try reader.integer()
        id = try reader.messageID()
        client = try reader.text()
    }
}
