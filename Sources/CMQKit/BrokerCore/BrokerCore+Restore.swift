internal import CMQWire

extension BrokerCore {
    /// Takes a checkpoint in; the core must be new.
    package mutating func restore(checkpoint bytes: UnsafeRawBufferPointer) throws(RecordError) {
        var reader = ByteReader(bytes)
        let version: UInt8 = try reader.integer()
        guard version == Snapshot.version else { throw .unknownKind(version) }
        nextSequence = try reader.integer()
        try decodeTopology(from: &reader)
        var known = KnownNames()
        let liveCount: UInt64 = try reader.integer()
        for _ in 0..<liveCount { try decodeMessage(from: &reader, &known) }
        let settledCount: UInt64 = try reader.integer()
        for _ in 0..<settledCount { try decodeSettled(from: &reader, &known) }
        guard reader.remaining.isEmpty else { throw .malformed }
        known.release(in: &names)
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

    private mutating func decodeMessage(
        from reader: inout ByteReader,
        _ known: inout KnownNames
    ) throws(RecordError) {
        let key = MessageKey(try reader.messageID())
        let sequence = try reader.sequence()
        let location: UInt64 = try reader.integer()
        let size: UInt32 = try reader.integer()
        let sender = known.senders.retain(try reader.bytes(), in: &names)
        let receiver = known.receivers.retain(try reader.bytes(), in: &names)
        guard messages.find(key) == nil else { throw .malformed }
        let number = messages.insert(key) { id in
            StoredMessage(
                id: id,
                sequence: sequence,
                location: location,
                size: size,
                sender: sender,
                receiver: receiver,
                phase: .live
            )
        }
        let copyCount: UInt16 = try reader.integer()
        var last = none
        for _ in 0..<copyCount {
            let copy = try decodeCopy(of: number, from: &reader, &known)
            if last == none {
                messages[number].firstCopy = copy
            } else {
                copies[last].nextOfMessage = copy
            }
            last = copy
            queues[Int(copies[copy].queue)].messages += 1
            queues[Int(copies[copy].queue)].bytes += Int(size)
        }
    }

    private mutating func decodeCopy(
        of message: UInt32,
        from reader: inout ByteReader,
        _ known: inout KnownNames
    ) throws(RecordError) -> UInt32 {
        let queue: UInt32 = try reader.integer()
        var details = CopyDetails()
        details.origin = try reader.integer()
        guard let reason = DeadLetterReason(rawValue: try reader.integer()) else { throw .malformed }
        details.reason = reason
        details.failures = try reader.integer()
        details.deliveries = try reader.integer()
        let enqueuedAt: Int64 = try reader.integer()
        details.lastReceiver = known.lastReceivers.retain(try reader.bytes(), in: &names)
        guard queue < queues.count, details.origin == none || details.origin < queues.count else { throw .malformed }
        let copy = copies.insert(Copy(message: message, queue: queue, enqueuedAt: enqueuedAt))
        if details != .unused { copies[detailsOf: copy] = details }
        return copy
    }

    private mutating func decodeSettled(
        from reader: inout ByteReader,
        _ known: inout KnownNames
    ) throws(RecordError) {
        let key = MessageKey(try reader.messageID())
        let sender = known.senders.retain(try reader.bytes(), in: &names)
        let settledAt: Int64 = try reader.integer()
        guard messages.find(key) == nil else { throw .malformed }
        let number = messages.insert(key) { id in
            StoredMessage(id: id, sequence: 0, size: 0, sender: sender, receiver: none)
        }
        settle(number, at: settledAt)
    }
}

/// The names that were read last: messages in a row usually have the same ones, and comparing bytes is cheaper
/// than looking for a text.
private struct KnownNames {
    /// Holds on to the name: whoever has it besides may be forgotten meanwhile.
    struct Latest {
        private var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        private var number = none

        /// The number of a name, or ``none`` for an empty one.
        mutating func retain(_ name: UnsafeRawBufferPointer, in names: inout NameTable) -> UInt32 {
            if name.isEmpty { return none }
            if number == none || !name.elementsEqual(bytes) {
                release(in: &names)
                number = names.retain(String(decoding: name, as: UTF8.self))
                bytes = name
            }
            names.retain(number)
            return number
        }

        mutating func release(in names: inout NameTable) {
            names.release(number)
            number = none
        }
    }

    var senders = Latest()
    var receivers = Latest()
    var lastReceivers = Latest()

    mutating func release(in names: inout NameTable) {
        senders.release(in: &names)
        receivers.release(in: &names)
        lastReceivers.release(in: &names)
    }
}
