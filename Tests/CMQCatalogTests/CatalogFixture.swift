import CMQCatalog
import CMQSecrets

/// A catalog in a database of its own, and an independent reader of it.
protocol CatalogFixture: Sendable {
    var engine: CatalogEngine { get }

    /// Opens the catalog for writing, as the broker does; with PostgreSQL, connects.
    func open(aesKey: SecretBytes, algorithm: KeyAlgorithm, keyHistoryLimit: Int) throws(CatalogError) -> any Catalog

    /// Opens the catalog as `cmq-admin` does.
    func reader(aesKey: SecretBytes?) throws(CatalogError) -> any CatalogReader

    /// Runs statements through a program that shares no code with ours, and commits them.
    /// The rows of the last one come back, each value as text.
    @discardableResult
    func query(_ statements: [String]) async throws -> [[String?]]

    /// The program of ``query(_:)``, held open.
    func session() throws -> SQLSession

    /// The names of the tables, in their order; empty where nothing was made yet.
    func tables() async throws -> [String]
}

/// The `aes_key` of all catalogs here.
let catalogKey = (0..<32).map { UInt8($0) }

extension CatalogFixture {
    func open(
        key: [UInt8] = catalogKey,
        algorithm: KeyAlgorithm = .aes256GCM,
        keyHistoryLimit: Int = 100
    ) throws(CatalogError) -> any Catalog {
        try open(aesKey: SecretBytes(copying: key), algorithm: algorithm, keyHistoryLimit: keyHistoryLimit)
    }

    /// A catalog that follows the journal `journal-1` from its start.
    func openAttached() throws(CatalogError) -> any Catalog {
        let catalog = try open()
        _ = try catalog.attach(journalID: "journal-1")
        return catalog
    }

    func reader(key: [UInt8]? = nil) throws(CatalogError) -> any CatalogReader {
        try reader(aesKey: key.map { SecretBytes(copying: $0) })
    }

    @discardableResult
    func query(_ statements: String...) async throws -> [[String?]] {
        try await query(statements)
    }

    /// The message of a catalog that holds exactly one.
    func onlyRow() throws -> MessageRow? {
        var rows = try reader().messages()
        let row = try rows.next()
        return try rows.next() == nil ? row : nil
    }
}
