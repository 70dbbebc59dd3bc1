/// Messages one by one, fetched page by page.
package struct MessageIterator {
    private static let pageRows = 1_000

    private let reader: any CatalogReader
    private let filter: MessageFilter
    private var position: MessagePosition?
    private var remaining: Int
    private var page: ArraySlice<MessageRow> = []

    init(reader: any CatalogReader, filter: MessageFilter) {
        self.reader = reader
        self.filter = filter
        position = filter.start
        remaining = filter.limit ?? .max
    }

    /// The next message; `nil` behind the last one.
    package mutating func next() throws(CatalogError) -> MessageRow? {
        guard remaining > 0 else { return nil }
        while page.isEmpty {
            guard let current = position else { return nil }
            let limit = min(Self.pageRows, remaining)
            let fetched = try reader.messagePage(matching: filter, from: current, limit: limit)
            page = fetched.rows[...]
            position = fetched.next
        }
        remaining -= 1
        return page.popFirst()
    }
}
