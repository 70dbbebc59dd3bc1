import CMQCatalog

/// A random run of a broker: its events in order, and independently of them what became of each message.
struct BrokerScript {
    struct Message {
        var messageID: String
        var sender: String
        var receiver: String?
        var sent: Int64
        /// First delivery, or none.
        var delivered: Int64?
        /// Last acknowledgement, when every copy has one.
        var acknowledged: Int64?
        var fate: MessageState
    }

    private struct Timed {
        var time: Int64
        var event: CatalogEvent
    }

    private(set) var messages: [Message] = []
    private(set) var events: [CatalogEvent] = []

    init(seed: UInt64, count: Int) {
        var generator = SeededGenerator(seed: seed)
        var timed: [Timed] = []
        for number in 0..<count {
            timed += Self.message(number, in: &messages, using: &generator)
        }
        // Sequence numbers and order of events are those of time; a message's own events are apart in time.
        events = timed.sorted { $0.time < $1.time }.map(\.event)
    }

    private static func message(
        _ number: Int,
        in messages: inout [Message],
        using generator: inout SeededGenerator
    ) -> [Timed] {
        let identifier = String(generator.next(), radix: 16) + "-\(number)"
        let sender = ["FL-LAB", "PA-LAB", "MA-LAB"].randomElement(using: &generator) ?? ""
        let receiver = ["CA-RC", "NY-RC", nil].randomElement(using: &generator) ?? nil
        let sent = noon + Int64(number) * 1_000 + Int64.random(in: 0..<1_000, using: &generator)
        let copies = Int.random(in: 0..<5, using: &generator) == 0 ? 3 : 1
        let queues = (0..<copies).map { "queue-\($0)" }
        var timed = [
            Timed(
                time: sent,
                event: .sent(UInt64(number), identifier, by: sender, to: receiver, queues: queues, at: sent)
            )
        ]
        var fates: [MessageState] = []
        var delivered: [Int64] = []
        var acknowledged: [Int64] = []
        var consumer: String?
        for queue in queues {
            let reference = copy(UInt64(number), identifier, in: queue)
            var life = CopyLife(reference: reference, start: sent, using: &generator)
            life.run(using: &generator)
            timed += zip(life.times, life.events).map { Timed(time: $0, event: $1) }
            fates.append(life.fate)
            if let time = life.delivered { delivered.append(time) }
            if let time = life.acknowledged { acknowledged.append(time) }
            consumer = life.consumer
        }
        messages.append(
            Message(
                messageID: identifier,
                sender: sender,
                receiver: receiver ?? (copies == 1 ? consumer : nil),
                sent: sent,
                delivered: delivered.min(),
                acknowledged: acknowledged.count == copies ? acknowledged.max() : nil,
                fate: overall(fates)
            )
        )
        return timed
    }

    private static func overall(_ fates: [MessageState]) -> MessageState {
        if fates.contains(.dead) { return .dead }
        if fates.contains(.waiting) { return .waiting }
        if fates.contains(.delivered) { return .delivered }
        return fates.contains(.purged) ? .purged : .acknowledged
    }
}
