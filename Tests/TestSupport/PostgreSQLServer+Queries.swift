internal import Foundation

extension PostgreSQLServer {
    /// Makes an empty database that belongs to ``user``, with a name of its own.
    package func makeDatabase(inTablespace tablespace: String? = nil) async throws -> String {
        let name = "labs_" + UUID().uuidString.prefix(12).lowercased().replacing("-", with: "_")
        let place = tablespace.map { " TABLESPACE \($0)" } ?? ""
        try await psql("postgres", "CREATE DATABASE \(name) TEMPLATE template0\(place)")
        return name
    }

    /// The URL of a database on the loopback port, without a password.
    package func url(_ database: String) -> String {
        "postgresql://\(user)@127.0.0.1:\(port)/\(database)"
    }

    /// Runs statements through psql, the reader that shares no code with ours, each on its own.
    /// The rows of the last one come back, each value as text.
    ///
    /// - Parameter role: ``user`` unless another is named.
    @discardableResult
    package func psql(_ database: String, _ statements: String..., as role: String? = nil) async throws -> [[String?]] {
        try await psql(database, statements, as: role)
    }

    @discardableResult
    package func psql(_ database: String, _ statements: [String], as role: String? = nil) async throws -> [[String?]] {
        // Separators of ASCII, which no value of a test holds: psql quotes nothing in this form.
        let (record, field, null) = ("\u{1e}", "\u{1f}", "\u{1d}")
        var arguments = [
            "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--tuples-only", "--no-align",
            "--record-separator", record, "--field-separator", field, "--pset", "null=\(null)",
            "--command", "\\o /dev/null",
        ]
        for statement in statements.dropLast() { arguments += ["--command", statement] }
        arguments += ["--command", "\\o", "--command", statements.last ?? ""]
        let result = try await run("psql", arguments, environment: environment(database, role ?? user))
        guard result.status == 0 else { throw Failure(description: result.errors) }
        guard result.output.hasSuffix("\n") else { return [] }
        return result.output.dropLast().split(separator: record, omittingEmptySubsequences: false).map { row in
            row.split(separator: field, omittingEmptySubsequences: false).map { $0 == null ? nil : String($0) }
        }
    }

    /// What a program of PostgreSQL's own needs to connect to a database.
    package func environment(_ database: String, _ role: String? = nil) -> [String: String] {
        [
            "PGHOST": socketDirectory, "PGPORT": "\(port)", "PGUSER": role ?? user, "PGPASSWORD": password,
            "PGDATABASE": database, "PGCONNECT_TIMEOUT": "20",
        ]
    }

    /// Ends the sessions of ``user`` on a database from the server's side, and says how many there were.
    @discardableResult
    package func terminateBackends(of database: String) async throws -> Int {
        let rows = try await psql(
            "postgres",
            """
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE datname = '\(database)' AND backend_type = 'client backend'
            """,
            as: administrator
        )
        return rows.first?.first?.flatMap { Int($0) } ?? 0
    }

    /// How many sessions there are on a database.
    package func backendCount(of database: String) async throws -> Int {
        let rows = try await psql(
            "postgres",
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database)' AND backend_type = 'client backend'",
            as: administrator
        )
        return rows.first?.first?.flatMap { Int($0) } ?? 0
    }
}
