/// Which messages an audit covers.
package struct AuditQuery: Sendable, Equatable {
    /// Sent at this time or later.
    package var since: CatalogTime?
    /// Sent before this time.
    package var until: CatalogTime?
    /// Only pairs with this sender or receiver.
    package var client: String?
    /// A missing message sent before this time is overdue; `nil` leaves ``AuditRow/overdue`` at 0.
    package var overdueBefore: CatalogTime?

    package init(
        since: CatalogTime? = nil,
        until: CatalogTime? = nil,
        client: String? = nil,
        overdueBefore: CatalogTime? = nil
    ) {
        self.since = since
        self.until = until
        self.client = client
        self.overdueBefore = overdueBefore
    }
}
