/// What people and programs ask the catalog, also while a broker writes to it.
///
/// A reader creates, migrates and changes nothing. Calls block.
package protocol CatalogReader: Sendable {
    /// Up to `limit` messages behind `position`, and where to go on.
    ///
    /// Each page is a transaction of its own: a slow consumer must not keep the writer from reusing space.
    func messagePage(
        matching filter: MessageFilter,
        from position: MessagePosition,
        limit: Int
    ) throws(CatalogError) -> MessagePage

    /// The copies of a message that went to several queues, by queue; empty for a message with one copy.
    func copies(of messageID: String) throws(CatalogError) -> [CopyRow]

    /// Figures by sender and receiver from one snapshot, sorted by both. Memory grows with the number
    /// of pairs, not of messages.
    func audit(_ query: AuditQuery) throws(CatalogError) -> [AuditRow]

    /// The engine behind the catalog.
    func database() throws(CatalogError) -> DatabaseRow

    func totals() throws(CatalogError) -> CatalogTotals

    /// The registered keys by client. The key itself is there only where the reader has the `aes_key`.
    func keys() throws(CatalogError) -> [PublicKeyRow]

    /// Who registered which key when, oldest first; of one client, or of all.
    func keyHistory(of clientID: String?) throws(CatalogError) -> [KeyHistoryRow]

    func topology() throws(CatalogError) -> CatalogTopology

    /// How far the projection is; `nil` where no broker ever attached.
    func projection() throws(CatalogError) -> ProjectionRow?
}

extension CatalogReader {
    /// The messages that `filter` selects, one by one, with bounded memory.
    package func messages(matching filter: MessageFilter = MessageFilter()) -> MessageIterator {
        MessageIterator(reader: self, filter: filter)
    }
}
