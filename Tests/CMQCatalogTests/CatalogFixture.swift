import CMQCatalog
import CMQSecrets
import Foundation
import TestSupport

/// A catalog in a directory of its own.
struct CatalogFixture {
    static let keyBytes = (0..<32).map { UInt8($0) }

    let directory: TemporaryDirectory
    var path: String { directory.file("catalog.db") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    func open(
        key: [UInt8] = keyBytes,
        algorithm: KeyAlgorithm = .aes256GCM,
        keyHistoryLimit: Int = 100
    ) throws(CatalogError) -> SQLiteCatalog {
        try SQLiteCatalog(
            SQLiteCatalogOptions(
                path: path,
                aesKey: SecretBytes(copying: key),
                keyAlgorithm: algorithm,
                keyHistoryLimit: keyHistoryLimit
            )
        )
    }

    /// A catalog that follows the journal `journal-1` from its start.
    func openAttached() throws(CatalogError) -> SQLiteCatalog {
        let catalog = try open()
        _ = try catalog.attach(journalID: "journal-1")
        return catalog
    }

    func reader(key: [UInt8]? = nil) throws(CatalogError) -> SQLiteCatalogReader {
        try SQLiteCatalogReader(path: path, aesKey: key.map { SecretBytes(copying: $0) })
    }

    /// Runs statements through Python's sqlite3, the reader that shares no code with ours.
    /// The rows of the last one come back, each value as text.
    @discardableResult
    func python(_ statements: String...) async throws -> [[String?]] {
        let script = """
            import json, sqlite3, sys
            connection = sqlite3.connect(sys.argv[1])
            for statement in sys.argv[2:]:
                rows = connection.execute(statement).fetchall()
            connection.commit()
            print(json.dumps([[None if v is None else str(v) for v in row] for row in rows]))
            """
        let result = try await run("python3", ["-c", script, path] + statements)
        guard result.status == 0 else { throw PythonFailure(errors: result.errors) }
        return try JSONDecoder().decode([[String?]].self, from: result.standardOutput)
    }

    func mode(ofFile suffix: String = "") throws -> mode_t {
        try SafeFile.permissions(at: path + suffix)
    }
}

struct PythonFailure: Error {
    var errors: String
}
