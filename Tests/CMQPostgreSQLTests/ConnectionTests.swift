import CMQPostgreSQL
import CMQSecrets
import Foundation
import TestSupport
import Testing

/// Statements, pipelines and transactions, and the ways in which a connection ends or does not begin.
@Suite struct ConnectionTests {
    private func state(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch let error as PostgreSQLError {
            return error.sqlState
        } catch {
            return "\(error)"
        }
    }

    // MARK: - Statements

    @Test func `a statement that fails gives its code, and the connection goes on`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        _ = try connection.execute("CREATE TABLE secrets (id BIGINT PRIMARY KEY, name TEXT)")
        let insert: SQL = "INSERT INTO secrets VALUES ($1, $2)"
        _ = try connection.executePrepared(insert, [.integer(1), .text("open-sesame")])
        let error = #expect(throws: PostgreSQLError.self) {
            _ = try connection.executePrepared(insert, [.integer(1), .text("open-sesame")])
        }
        #expect(error?.kind == .server)
        #expect(error?.sqlState == "23505")
        #expect("\(error.map { "\($0)" } ?? "")".contains("open-sesame") == false)
        #expect(state { _ = try connection.execute("SELECT * FROM nowhere") } == "42P01")
        #expect(state { _ = try connection.execute("SELEC 1") } == "42601")
        #expect(connection.isUsable)
        #expect(try connection.execute("SELECT count(*) FROM secrets").first?.integer(0) == 1)
    }

    @Test func `statements stay prepared, each for itself`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        for number in 1...3 {
            let sum = try connection.executePrepared("SELECT $1 + 1", [.integer(Int64(number))])
            #expect(sum.first?.integer(0) == number + 1)
            let text = try connection.executePrepared("SELECT $1 || '!'", [.text("\(number)")])
            #expect(text.first?.text(0) == "\(number)!")
        }
        let prepared = try connection.execute("SELECT statement FROM pg_prepared_statements ORDER BY 1")
        #expect(prepared.rows.map { $0.text(0) } == ["SELECT $1 + 1", "SELECT $1 || '!'"])
    }

    @Test func `affected rows are counted, and any number of rows is read from one snapshot`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        _ = try connection.execute("CREATE TABLE numbers (number BIGINT)")
        let inserted = try connection.execute("INSERT INTO numbers SELECT * FROM generate_series(1, 12345)")
        #expect(inserted.affectedRows == 12_345)
        var sum = 0
        try connection.forEachRow("SELECT number FROM numbers WHERE number > $1", [.integer(5)], fetching: 1_000) {
            sum += $0.integer(0) ?? 0
        }
        #expect(sum == 12_345 * 12_346 / 2 - 15)
    }

    // MARK: - Pipelines and transactions

    @Test func `a pipeline ends at the statement that fails, and undoes those before it`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        _ = try connection.execute("CREATE TABLE numbers (number BIGINT PRIMARY KEY)")
        let insert: SQL = "INSERT INTO numbers VALUES ($1)"
        let results = try connection.pipeline([(insert, [.integer(1)]), ("SELECT count(*) FROM numbers", [])])
        #expect(results.map(\.affectedRows) == [1, 1])
        #expect(results.last?.first?.integer(0) == 1)
        for _ in 1...2 {
            let failed = state {
                _ = try connection.pipeline([(insert, [.integer(2)]), (insert, [.integer(1)]), (insert, [.integer(3)])])
            }
            #expect(failed == "23505")
            #expect(connection.isUsable)
            let stored = try connection.execute("SELECT number FROM numbers ORDER BY 1")
            #expect(stored.rows.map { $0.integer(0) } == [1])
        }
        #expect(try connection.pipeline([]).isEmpty)
        #expect(try connection.pipeline([(insert, [.integer(4)])]).count == 1)
    }

    @Test func `a pipeline takes more than the socket does at once`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        let text = String(repeating: "x", count: 300_000)
        let statements: [(SQL, [PostgreSQLValue])] = (0..<40).map { _ in ("SELECT $1", [.text(text)]) }
        let results = try connection.pipeline(statements)
        #expect(results.count == 40)
        #expect(results.allSatisfy { $0.first?.text(0) == text })
    }

    @Test func `a transaction that throws leaves nothing`() async throws {
        let connection = try await PostgreSQLServer.shared().connect()
        _ = try connection.execute("CREATE TABLE numbers (number BIGINT PRIMARY KEY)")
        let failed = state {
            try connection.transaction { () throws(PostgreSQLError) in
                _ = try connection.execute("INSERT INTO numbers VALUES (1)")
                _ = try connection.execute("INSERT INTO numbers VALUES (1)")
            }
        }
        #expect(failed == "23505")
        #expect(try connection.execute("SELECT * FROM numbers").count == 0)
        let count = try connection.transaction { () throws(PostgreSQLError) in
            try connection.execute("INSERT INTO numbers VALUES (1), (2)").affectedRows
        }
        #expect(count == 2)
        #expect(try connection.execute("SELECT * FROM numbers").count == 2)
    }

    // MARK: - Ends

    @Test func `a statement that takes too long gives the connection up and is cancelled at the server`() async throws {
        let server = try await PostgreSQLServer.shared()
        let database = try await server.makeDatabase()
        let connection = try await server.connect(to: database)
        let begun = ContinuousClock.now
        let error = #expect(throws: PostgreSQLError.self) {
            _ = try connection.execute("SELECT pg_sleep(60)", timeout: .milliseconds(200))
        }
        #expect(error?.kind == .timeout)
        #expect(ContinuousClock.now - begun < .seconds(20))
        #expect(!connection.isUsable)
        #expect(throws: PostgreSQLError.self) { _ = try connection.execute("SELECT 1") }
        try await checkFor(.seconds(20), every: .milliseconds(50)) {
            try await server.psql(
                database,
                "SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' "
                    + "AND pid <> pg_backend_pid() AND datname = current_database()"
            ).isEmpty
        }
    }

    @Test func `another thread ends a wait`() async throws {
        let interruption = try PostgreSQLInterruption()
        let server = try await PostgreSQLServer.shared()
        let connection = try await server.connect(interruption: interruption)
        let begun = ContinuousClock.now
        let parameters = server.parameters("postgres")
        Thread.detachNewThread {
            defer { interruption.raise() }
            guard let watcher = try? PostgreSQLConnection.open(parameters, interruption: PostgreSQLInterruption())
            else { return }
            let asleep: SQL = """
                SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(61)'
                """
            while ContinuousClock.now - begun < .seconds(15), (try? watcher.execute(asleep).count) == 0 {}
        }
        let error = #expect(throws: PostgreSQLError.self) { _ = try connection.execute("SELECT pg_sleep(61)") }
        #expect(error?.kind == .interrupted)
        #expect(ContinuousClock.now - begun < .seconds(20))
        #expect(!connection.isUsable)
        // It holds until it is taken back, for connecting as well.
        let refused = #expect(throws: PostgreSQLError.self) {
            _ = try PostgreSQLConnection.open(server.parameters("postgres"), interruption: interruption)
        }
        #expect(refused?.kind == .interrupted)
        interruption.clear()
        let again = try PostgreSQLConnection.open(server.parameters("postgres"), interruption: interruption)
        #expect(try again.execute("SELECT 1::bigint").first?.integer(0) == 1)
    }

    @Test func `a connection that the server ends is not usable any more`() async throws {
        let server = try await PostgreSQLServer.shared()
        let database = try await server.makeDatabase()
        let connection = try await server.connect(to: database)
        #expect(try await server.terminateBackends(of: database) == 1)
        let error = #expect(throws: PostgreSQLError.self) { _ = try connection.execute("SELECT 1") }
        #expect(error?.kind == .connection)
        #expect(!connection.isUsable)
    }

    // MARK: - Beginnings

    @Test func `a refused connection tells the server's code`() async throws {
        let server = try await PostgreSQLServer.shared()
        func refusal(_ change: (inout PostgreSQLParameters) -> Void) -> PostgreSQLError? {
            var parameters = server.parameters("postgres")
            change(&parameters)
            return #expect(throws: PostgreSQLError.self) {
                _ = try PostgreSQLConnection.open(parameters, interruption: try PostgreSQLInterruption())
            }
        }
        let wrong = refusal { $0.password = SecretBytes(copying: Array("open-sesame".utf8)) }
        #expect(wrong?.sqlState == "28P01")
        #expect(wrong?.kind == .connection)
        #expect(wrong.map { "\($0)" }?.contains("open-sesame") == false)
        #expect(wrong.map { "\($0)" }?.contains("\n") == false)
        #expect(refusal { $0.database = "labs_absent" }?.sqlState == "3D000")
        #expect(refusal { $0.port = 1 }?.sqlState == nil)
        let unprotected = refusal { $0.sslMode = "require" }
        #expect(unprotected?.kind == .protection)

        let full = try await server.makeDatabase()
        try await server.psql("postgres", "ALTER DATABASE \(full) CONNECTION LIMIT 0", as: server.administrator)
        #expect(refusal { $0.database = full }?.sqlState == "53300")
    }

    @Test func `a host that does not answer does not keep the next one from being tried`() async throws {
        let server = try await PostgreSQLServer.shared()
        // Takes connections and says nothing, as a server does that hangs.
        let silent = try RunningCommand(
            "python3",
            [
                "-c",
                """
                import socket, sys
                s = socket.create_server(("127.0.0.1", 0))
                print(s.getsockname()[1], flush=True)
                sys.stdin.read()
                """,
            ]
        )
        #expect(await silent.waitForOutput(lines: 1))
        let port = silent.soFar.output.trimmingCharacters(in: .whitespacesAndNewlines)
        var parameters = server.parameters("postgres")
        parameters.host = nil
        parameters.port = nil
        parameters.connectTimeout = .milliseconds(300)
        parameters.url = SecretBytes(
            copying: Array("postgresql://127.0.0.1:\(port),127.0.0.1:\(server.port)/postgres".utf8)
        )
        let begun = ContinuousClock.now
        let connection = try PostgreSQLConnection.open(parameters, interruption: try PostgreSQLInterruption())
        #expect(ContinuousClock.now - begun >= .milliseconds(300))
        #expect(try connection.execute("SELECT current_setting('port')").first?.text(0) == "\(server.port)")
        parameters.url = SecretBytes(copying: Array("postgresql://127.0.0.1:\(port)/postgres".utf8))
        let error = #expect(throws: PostgreSQLError.self) {
            _ = try PostgreSQLConnection.open(parameters, interruption: try PostgreSQLInterruption())
        }
        #expect(error?.kind == .timeout)
        try silent.closeInput()
        #expect(await silent.finish().status == 0)
    }

    @Test(arguments: [
        "postgresql://alice:open-sesame@[::1/labs", "postgresql://alice:@open-sesame@host:1/labs",
        "postgresql://alice:open-sesame/@host/labs",
        "postgresql://alice:open-sesame%zz@host/labs", "mysql://alice:open-sesame@host/labs",
        "postgresql://alice@host/labs?passwort=open-sesame", "open-sesame",
    ])
    func `a wrong URL never shows its password`(url: String) throws {
        var parameters = PostgreSQLParameters()
        parameters.url = SecretBytes(copying: Array(url.utf8))
        let error = #expect(throws: PostgreSQLError.self) { _ = try parameters.urlHasPassword() }
        #expect(error?.kind == .parameters)
        for text in ["\(error.map { "\($0)" } ?? "")", "\(parameters)", String(reflecting: parameters)] {
            #expect(!text.contains("open-sesame"))
        }
    }

    @Test func `the description of a place has neither user nor password`() throws {
        var parameters = PostgreSQLParameters()
        parameters.url = SecretBytes(copying: Array("postgresql://alice:open-sesame@db.example:6000/labs".utf8))
        #expect(parameters.description == "labs on db.example:6000")
        #expect(try parameters.urlHasPassword())
        var dumped = ""
        dump(parameters, to: &dumped)
        #expect(!dumped.contains("open-sesame"))
        parameters.host = "other.example"
        parameters.database = "more"
        #expect(parameters.description == "more on other.example:6000")
    }
}
