import CMQCatalog
import CMQSecrets
import Foundation
import TestSupport

/// A catalog in a file, read by Python's sqlite3.
struct SQLiteFixture: CatalogFixture {
    /// What Python had against a statement.
    struct PythonFailure: Error {
        var errors: String
    }

    let engine = CatalogEngine.sqlite
    let directory: TemporaryDirectory
    var path: String { directory.file("catalog.db") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    func open(
        aesKey: SecretBytes,
        algorithm: KeyAlgorithm,
        keyHistoryLimit: Int
    ) throws(CatalogError) -> any Catalog {
        try SQLiteCatalog(
            SQLiteCatalogOptions(
                path: path,
                aesKey: aesKey,
                keyAlgorithm: algorithm,
                keyHistoryLimit: keyHistoryLimit
            )
        )
    }

    func reader(aesKey: SecretBytes?) throws(CatalogError) -> any CatalogReader {
        try SQLiteCatalogReader(path: path, aesKey: aesKey)
    }

    func query(_ statements: [String]) async throws -> [[String?]] {
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

    func session() throws -> SQLSession {
        let script = """
            import sqlite3, sys
            connection = sqlite3.connect(sys.argv[1], isolation_level=None)
            for line in sys.stdin:
                connection.execute(line)
                print("done", flush=True)
            """
        return SQLSession(try RunningCommand("python3", ["-c", script, path]))
    }

    func tables() async throws -> [String] {
        guard directory.exists("catalog.db") else { return [] }
        return try await query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").compactMap { $0[0] }
    }

    func mode(ofFile suffix: String = "") throws -> mode_t {
        try SafeFile.permissions(at: path + suffix)
    }
}
