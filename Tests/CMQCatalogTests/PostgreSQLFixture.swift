import CMQCatalog
import CMQPostgreSQL
import CMQSecrets
import Synchronization
import TestSupport

/// A catalog in a database of a real server, read by psql.
final class PostgreSQLFixture: CatalogFixture {
    let engine = CatalogEngine.postgreSQL
    let server: PostgreSQLServer
    let database: String
    private let opened = Mutex<[PostgreSQLCatalog]>([])

    /// - Parameter server: One that the test may stop, instead of the one that all share.
    init(on server: PostgreSQLServer? = nil, inTablespace tablespace: String? = nil) async throws {
        if let server {
            self.server = server
        } else {
            self.server = try await .shared()
        }
        database = try await self.server.makeDatabase(inTablespace: tablespace)
    }

    deinit {
        // Two connections each, of those that the server has.
        for catalog in opened.withLock({ $0 }) { try? catalog.close() }
    }

    var parameters: PostgreSQLParameters {
        var parameters = PostgreSQLParameters()
        parameters.host = server.socketDirectory
        parameters.port = server.port
        parameters.user = server.user
        parameters.password = SecretBytes(copying: Array(server.password.utf8))
        parameters.database = database
        return parameters
    }

    /// A catalog that has not connected yet.
    func catalog(
        aesKey: SecretBytes = SecretBytes(copying: catalogKey),
        algorithm: KeyAlgorithm = .aes256GCM,
        keyHistoryLimit: Int = 100
    ) throws(CatalogError) -> PostgreSQLCatalog {
        let catalog = try PostgreSQLCatalog(
            PostgreSQLCatalogOptions(
                server: parameters,
                aesKey: aesKey,
                keyAlgorithm: algorithm,
                keyHistoryLimit: keyHistoryLimit
            )
        )
        opened.withLock { $0.append(catalog) }
        return catalog
    }

    func open(
        aesKey: SecretBytes,
        algorithm: KeyAlgorithm,
        keyHistoryLimit: Int
    ) throws(CatalogError) -> any Catalog {
        let catalog = try catalog(aesKey: aesKey, algorithm: algorithm, keyHistoryLimit: keyHistoryLimit)
        try catalog.connect()
        return catalog
    }

    func reader(aesKey: SecretBytes?) throws(CatalogError) -> any CatalogReader {
        try PostgreSQLCatalogReader(server: parameters, aesKey: aesKey)
    }

    func query(_ statements: [String]) async throws -> [[String?]] {
        try await server.psql(database, statements)
    }

    func session() throws -> SQLSession {
        SQLSession(
            try RunningCommand(
                "psql",
                ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"],
                environment: server.environment(database)
            ),
            after: ";\n\\echo done"
        )
    }

    func tables() async throws -> [String] {
        try await query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE \"C\"")
            .compactMap { $0[0] }
    }
}
