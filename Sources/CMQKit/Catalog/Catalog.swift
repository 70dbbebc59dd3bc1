/// What the broker writes its audit trail and its clients' public keys into.
///
/// Everything but the keys is a projection of the broker's journal: it can be away for a while
/// or be built again, and nothing that was acknowledged depends on it. Calls block; the broker
/// makes them on a thread of their own.
package protocol Catalog: Sendable {
    /// Ties the catalog to a journal and says up to which of its positions the events are applied.
    ///
    /// A journal other than the last one starts at 0; rows of the earlier journal stay.
    func attach(journalID: String) throws(CatalogError) -> UInt64

    /// Up to which of a journal's positions the events are applied; `nil` where the catalog follows another one, or
    /// none. Changes nothing.
    func position(journalID: String) throws(CatalogError) -> UInt64?

    /// Applies `events` and records `position`, both or neither.
    ///
    /// `events` are in the journal's order and reach to `position`. They may begin before the
    /// recorded position: what was applied before stays as it is. When `position` is not beyond
    /// the recorded one, nothing is done.
    @discardableResult
    func apply(_ events: [CatalogEvent], through position: UInt64) throws(CatalogError) -> ProjectionOutcome

    /// Stores a client's public key, encrypted, in place of its earlier one. It is durable when this returns.
    @discardableResult
    func registerPublicKey(_ registration: PublicKeyRegistration) throws(CatalogError) -> PublicKeyChange

    /// The raw public key of a client; `nil` where it never registered one.
    func publicKey(of clientID: String) throws(CatalogError) -> [UInt8]?

    /// The raw public keys of at most `limit` clients, by client; one that does not decrypt is left out.
    func publicKeys(limit: Int) throws(CatalogError) -> [String: [UInt8]]

    /// Deletes at most `limit` messages that were acknowledged, in all their copies, before `time`;
    /// the oldest first. Says how many: fewer than `limit` means that no more are left.
    func prune(acknowledgedBefore time: CatalogTime, limit: Int) throws(CatalogError) -> Int

    /// Ends, from another thread, calls that wait for the database: they throw ``CatalogError/Code/unavailable``.
    func interrupt()

    /// Frees what is kept in memory only to be quicker, when there is nothing to do.
    func releaseMemory()

    /// Ends the use of the database. Later calls throw ``CatalogError/Code/unavailable``.
    func close() throws(CatalogError)
}

extension Catalog {
    package func releaseMemory() {}
}
