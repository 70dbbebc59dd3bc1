/// Which messages, and in which order. What is not set does not restrict.
package struct MessageFilter: Sendable, Equatable {
    package enum Selection: Sendable, Equatable {
        case state(MessageState)
        /// Neither acknowledged nor dead nor purged, and sent before this time.
        case overdue(sentBefore: CatalogTime)
    }

    package enum Order: Sendable, Equatable {
        /// By the time of sending; messages without one come first.
        case oldestFirst
        /// The reverse.
        case newestFirst
    }

    package var selection: Selection?
    /// The sender, the receiver, or the client that took the message.
    package var client: String?
    /// The queue of any copy, its dead-letter queue included.
    package var queue: String?
    /// Sent at this time or later.
    package var since: CatalogTime?
    /// Sent before this time.
    package var until: CatalogTime?
    /// At most so many messages.
    package var limit: Int?
    package var order: Order

    package init(
        selection: Selection? = nil,
        client: String? = nil,
        queue: String? = nil,
        since: CatalogTime? = nil,
        until: CatalogTime? = nil,
        limit: Int? = nil,
        order: Order = .oldestFirst
    ) {
        self.selection = selection
        self.client = client
        self.queue = queue
        self.since = since
        self.until = until
        self.limit = limit
        self.order = order
    }

    /// Where the first page begins.
    package var start: MessagePosition {
        order == .oldestFirst ? .untimed(after: nil) : .timed(after: nil)
    }
}
