import CMQBrokerCore
import CMQCatalog
import CMQJournal
import CMQWire

/// What one entry of the journal says, without the envelope.
struct JournalRow: Encodable {
    var position: UInt64
    var segment: String
    var offset: UInt64
    var kind: String
    var payloadBytes: Int
    var time: CatalogTime?
    var messageID: String?
    var sequence: UInt64?
    var client: String?
    var receiver: String?
    var exchange: String?
    var exchangeKind: String?
    var routingKey: String?
    var queues: [String]?
    var intoQueue: String?
    var reason: String?
    var attempt: UInt16?
    var envelopeBytes: UInt32?
    var durableThrough: UInt64?
    /// Why it cannot be read.
    var problem: String?

    private enum CodingKeys: String, CodingKey {
        case position, segment, offset, kind, time, sequence, client, receiver, exchange, queues, reason, attempt,
            problem
        case payloadBytes = "payload_bytes"
        case messageID = "message_id"
        case exchangeKind = "exchange_kind"
        case routingKey = "routing_key"
        case intoQueue = "into_queue"
        case envelopeBytes = "envelope_bytes"
        case durableThrough = "durable_through"
    }

    /// - Parameter queueNames: The names of queues by their numbers; a declaration adds its own.
    init(_ entry: JournalEntry, queueNames: inout [UInt32: String]) {
        position = entry.position
        segment = entry.path.split(separator: "/").last.map(String.init) ?? entry.path
        offset = entry.offset
        payloadBytes = entry.payloadBytes
        switch entry.role {
        case .syncMark(let durableThrough):
            kind = "sync_mark"
            self.durableThrough = durableThrough
        case .segmentEnd: kind = "segment_end"
        case .lost: kind = "lost"
        case .record:
            kind = BrokerRecord.Kind(rawValue: entry.kind).map(Self.word) ?? "\(entry.kind)"
            guard entry.isIntact else {
                problem = "damaged"
                return
            }
            do throws(RecordError) {
                read(try BrokerRecord.decode(kind: entry.kind, payload: entry.payload).record, &queueNames)
            } catch {
                switch error {
                case .unknownKind(let kind): problem = "kind \(kind) is unknown to this version"
                case .malformed: problem = "malformed"
                }
            }
        }
    }

    /// Whether people look for it: what the journal writes for itself is not.
    var isRecord: Bool { kind != "sync_mark" && kind != "segment_end" }

    private mutating func read(_ record: BrokerRecord, _ queueNames: inout [UInt32: String]) {
        func name(_ queue: UInt32) -> String { queueNames[queue] ?? "#\(queue)" }
        switch record {
        case .published(let record):
            time = CatalogTime(microseconds: record.time)
            sequence = record.sequence
            messageID = record.id.description
            client = record.sender
            receiver = record.receiver
            exchange = record.exchange
            routingKey = record.routingKey
            queues = record.queues.map(name)
            envelopeBytes = record.size
        case .delivered(let copy, let attempt):
            self.attempt = attempt
            read(copy, name(copy.queue))
        case .acknowledged(let copy), .purged(let copy), .failureCounted(let copy): read(copy, name(copy.queue))
        case .deadLettered(let copy, let queue, let reason):
            self.reason = reason.word
            intoQueue = name(queue)
            read(copy, name(copy.queue))
        case .redriven(let copy, let queue):
            intoQueue = name(queue)
            read(copy, name(copy.queue))
        case .exchangeDeclared(let name, let kind, let time):
            self.time = CatalogTime(microseconds: time)
            exchange = name
            exchangeKind = kind.word
        case .queueDeclared(let number, let name, let time):
            self.time = CatalogTime(microseconds: time)
            queueNames[number] = name
            queues = [name]
        case .bound(let queue, let exchange, let routingKey, let time):
            self.time = CatalogTime(microseconds: time)
            queues = [name(queue)]
            self.exchange = exchange
            self.routingKey = routingKey
        }
    }

    private mutating func read(_ copy: CopyRecord, _ queue: String) {
        time = CatalogTime(microseconds: copy.time)
        sequence = copy.sequence
        messageID = copy.id.description
        client = copy.client.isEmpty ? nil : copy.client
        queues = [queue]
    }

    static func word(_ kind: BrokerRecord.Kind) -> String {
        switch kind {
        case .published: "published"
        case .delivered: "delivered"
        case .acknowledged: "acknowledged"
        case .deadLettered: "dead_lettered"
        case .redriven: "redriven"
        case .purged: "purged"
        case .failureCounted: "failure_counted"
        case .exchangeDeclared: "exchange_declared"
        case .queueDeclared: "queue_declared"
        case .bound: "bound"
        }
    }
}
