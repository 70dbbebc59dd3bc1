import CMQBrokerCore
import CMQWire

/// A checkpoint read by somebody else than its writer, after docs/journal.md.
struct CheckpointContents {
    struct Copy: Equatable {
        var queue: UInt32
        var origin: UInt32?
        var reason: UInt8
        var failures: Int
        var deliveries: Int
        var time: Int64
        var lastReceiver: String
    }

    struct Message: Equatable {
        var id: MessageID
        var sequence: UInt64
        var location: UInt64
        var size: Int
        var sender: String
        var receiver: String
        var copies: [Copy]
    }

    struct Settled: Equatable {
        var id: MessageID
        var sender: String
        var time: Int64
    }

    private(set) var nextSequence: UInt64 = 0
    private(set) var queues: [String] = []
    private(set) var exchanges: [String: ModelExchange] = [:]
    private(set) var messages: [Message] = []
    private(set) var settled: [Settled] = []

    init(_ bytes: [UInt8]) throws(Violation) {
        var reader = Reader(bytes: bytes)
        try require(reader.integer() as UInt8 == 1, .recoveryAgrees, "version of the checkpoint")
        nextSequence = reader.integer()
        for _ in 0..<(reader.integer() as UInt32) { queues.append(reader.text()) }
        for _ in 0..<(reader.integer() as UInt32) {
            let name = reader.text()
            var exchange = ModelExchange(kind: ExchangeKind(rawValue: reader.integer()) ?? .direct)
            for _ in 0..<(reader.integer() as UInt32) {
                let key = reader.text()
                for _ in 0..<(reader.integer() as UInt32) {
                    exchange.bindings.insert(ModelExchange.Binding(key: key, queue: reader.integer()))
                }
            }
            exchanges[name] = exchange
        }
        for _ in 0..<(reader.integer() as UInt64) { messages.append(reader.message()) }
        for _ in 0..<(reader.integer() as UInt64) {
            settled.append(Settled(id: reader.id(), sender: reader.text(), time: reader.integer()))
        }
        try require(reader.place == bytes.count, .recoveryAgrees, "bytes behind the checkpoint's end")
    }

    /// Bytes of a core in this process: a wrong length is a bug that may trap.
    private struct Reader {
        let bytes: [UInt8]
        var place = 0

        mutating func integer<Value: FixedWidthInteger>() -> Value {
            defer { place += MemoryLayout<Value>.size }
            return bytes.withUnsafeBytes {
                Value(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Value.self))
            }
        }

        mutating func text() -> String {
            let count = Int(integer() as UInt16)
            defer { place += count }
            return String(decoding: bytes[place..<(place + count)], as: UTF8.self)
        }

        mutating func id() -> MessageID {
            let count = Int(integer() as UInt16)
            defer { place += count }
            return bytes.withUnsafeBytes {
                MessageID(trusted: UnsafeRawBufferPointer(rebasing: $0[place..<(place + count)]))
            }
        }

        mutating func message() -> Message {
            var message = Message(
                id: id(),
                sequence: integer(),
                location: integer(),
                size: Int(integer() as UInt32),
                sender: text(),
                receiver: text(),
                copies: []
            )
            for _ in 0..<(integer() as UInt16) {
                let (queue, origin): (UInt32, UInt32) = (integer(), integer())
                message.copies.append(
                    Copy(
                        queue: queue,
                        origin: origin == .max ? nil : origin,
                        reason: integer(),
                        failures: Int(integer() as UInt16),
                        deliveries: Int(integer() as UInt16),
                        time: integer(),
                        lastReceiver: text()
                    )
                )
            }
            return message
        }
    }
}

extension CheckpointContents.Message {
    init(_ message: ModelMessage) {
        self.init(
            id: message.id,
            sequence: message.sequence,
            location: UInt64(message.location),
            size: message.size,
            sender: message.sender,
            receiver: message.receiver,
            copies: message.copies.map {
                CheckpointContents.Copy(
                    queue: $0.queue,
                    origin: $0.origin,
                    reason: $0.reason.rawValue,
                    failures: $0.failures,
                    deliveries: $0.deliveries,
                    time: $0.enqueuedAt,
                    lastReceiver: $0.lastReceiver
                )
            }
        )
    }
}
