internal import GRDB

/// Reads an SQLite catalog of any version, or a key database of an earlier one, as it is.
final class SQLiteExport: Sendable {
    static let pageRows = 5_000

    let path: String
    private let queue: DatabaseQueue

    /// - Throws: ``CatalogError``; ``CatalogError/Code/corrupt`` for a file without any table of a catalog.
    init(path: String) throws(CatalogError) {
        self.path = path
        queue = try reportingFailures("open", path) {
            try DatabaseQueue(readingCatalog: path)
        }
        try reportingFailures("open", path) {
            try queue.read { database in
                try SQLiteSchema.refuseNewer(try SQLiteSchema.version(of: database), path: path)
                guard try ["message_metadata", "public_keys"].contains(where: { try database.tableExists($0) }) else {
                    throw CatalogError(
                        .corrupt,
                        "\(path) has neither messages nor public keys of a broker",
                        remedy: "name a catalog.db, or the public_keys.db of an earlier version"
                    )
                }
            }
        }
    }

    /// Hands `body` one snapshot of the file.
    func read<Result>(_ body: (SQLiteSnapshot) throws -> Result) throws -> Result {
        try queue.read { try body(SQLiteSnapshot(database: $0)) }
    }
}

/// The file as it was at one moment. Tables and columns that it does not have read as empty.
struct SQLiteSnapshot {
    fileprivate let database: Database

    /// The rows of a table, page by page, each with the values of `columns` in their order.
    func forEachPage(
        of table: String,
        _ columns: [String],
        _ body: ([[DatabaseValue]]) throws -> Void
    ) throws {
        guard try database.tableExists(table) else { return }
        let existing = try Set(database.columns(in: table).map { $0.name.lowercased() })
        let selected = columns.map { existing.contains($0) ? $0 : "NULL AS \($0)" }
        let cursor = try Row.fetchCursor(database, sql: "SELECT \(selected.joined(separator: ", ")) FROM \(table)")
        var page: [[DatabaseValue]] = []
        while let row = try cursor.next() {
            page.append(Array(row.databaseValues))
            if page.count == SQLiteExport.pageRows {
                try body(page)
                page.removeAll(keepingCapacity: true)
            }
        }
        if !page.isEmpty { try body(page) }
    }

    func projection() throws -> ProjectionMark? {
        try database.tableExists("cmq_projection") ? SQLiteProjection.position(database) : nil
    }
}
