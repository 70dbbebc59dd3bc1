/// What happened in the broker, as the journal has it. Times are microseconds since 1970.
package enum CatalogEvent: Sendable, Equatable {
    case sent(MessageSent)
    /// A copy went to a client, for the `attempt`-th time.
    case delivered(CopyReference, to: String, attempt: Int, time: Int64)
    case acknowledged(CopyReference, by: String, time: Int64)
    /// A copy was given up (`expired`, `max_deliveries`, `rejected`, …) and now waits in `deadLetterQueue`.
    case deadLettered(CopyReference, reason: String, deadLetterQueue: String?, time: Int64)
    /// A dead copy went back to the queue it came from.
    case redriven(CopyReference, time: Int64)
    /// A copy was purged.
    case removed(CopyReference, time: Int64)

    case exchangeDeclared(name: String, kind: String, time: Int64)
    /// The exchange is gone, and its bindings with it.
    case exchangeDeleted(name: String)
    case queueDeclared(name: String, time: Int64)
    /// The queue is gone, and its bindings with it.
    case queueDeleted(name: String)
    case bound(queue: String, exchange: String, routingKey: String, time: Int64)
    case unbound(queue: String, exchange: String, routingKey: String)
    /// The whole of what there is, in place of everything said before.
    case topologyReplaced(CatalogTopology)

    /// The message an event is about; `nil` for one about the topology.
    var message: (sequence: UInt64, messageID: String)? {
        switch self {
        case .sent(let sent):
            (sent.sequence, sent.messageID)
        case .delivered(let copy, _, _, _), .acknowledged(let copy, _, _), .deadLettered(let copy, _, _, _),
            .redriven(let copy, _), .removed(let copy, _):
            (copy.sequence, copy.messageID)
        case .exchangeDeclared, .exchangeDeleted, .queueDeclared, .queueDeleted, .bound, .unbound,
            .topologyReplaced:
            nil
        }
    }
}
