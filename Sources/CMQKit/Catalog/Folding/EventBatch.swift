/// A batch of events grouped by message, so that a message that was sent, delivered and acknowledged
/// within it is written once.
struct EventBatch {
    struct Message {
        let sequence: UInt64
        let messageID: String
        var key: ExactText { ExactText(messageID) }
        fileprivate let first: Int
        fileprivate var last: Int
    }

    /// Sorted by id: neighbours in the batch are neighbours in the index on the id.
    private(set) var messages: [Message] = []
    /// The events about the topology, in order.
    private(set) var topology: [CatalogEvent] = []
    private let events: [CatalogEvent]
    // The events of a message as a chain through the batch, which spares an array for each message.
    private var next: [Int]

    init(_ events: [CatalogEvent]) {
        self.events = events
        next = [Int](repeating: -1, count: events.count)
        var known = SequenceTable(events)
        messages.reserveCapacity(events.count)
        for (index, event) in events.enumerated() {
            guard let (sequence, messageID) = event.message else {
                topology.append(event)
                continue
            }
            if let message = known.index(of: sequence, orInsert: messages.count) {
                next[messages[message].last] = index
                messages[message].last = index
            } else {
                messages.append(Message(sequence: sequence, messageID: messageID, first: index, last: index))
            }
        }
        sort()
    }

    private mutating func sort() {
        // Numbers are moved and compared instead of texts, wherever the numbers differ.
        var order = messages.enumerated().map { (prefix: $1.key.prefix, index: $0) }
        order.sort { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            let (first, second) = (messages[left.index], messages[right.index])
            // Messages that share an id follow each other as the broker took them.
            return (first.key, first.sequence) < (second.key, second.sequence)
        }
        messages = order.map { messages[$0.index] }
    }

    /// The record of a message whose life begins in this batch, with all its events applied.
    func newRecord(of message: Message) -> MessageRecord? {
        guard case .sent(let sent) = events[message.first] else { return nil }
        var record = MessageRecord(sent)
        var index = next[message.first]
        while index >= 0 {
            _ = record.apply(events[index])
            index = next[index]
        }
        return record
    }

    /// What a message's events make of its only copy, if they say nothing but that it was delivered and
    /// acknowledged; `nil` for all others.
    func progress(of message: Message) -> CopyRecord? {
        var copy = CopyRecord(queue: nil)
        var index = message.first
        while index >= 0 {
            switch events[index] {
            case .delivered(_, let client, let attempt, let time):
                copy.deliver(to: client, attempt: attempt, time: time)
            case .acknowledged(_, let client, let time):
                copy.acknowledge(by: client, time: time)
            default:
                return nil
            }
            index = next[index]
        }
        return copy
    }

    /// Applies all events of a message to a stored record; says whether any of them concerned it.
    func apply(_ message: Message, to record: inout MessageRecord) -> Bool {
        var isChanged = false
        var index = message.first
        while index >= 0 {
            if record.apply(events[index]) { isChanged = true }
            index = next[index]
        }
        return isChanged
    }
}
