extension PostgreSQLConnection {
    /// Runs `body` in a transaction, which is rolled back when it throws.
    ///
    /// When the connection is lost while it commits, the error says nothing of whether it did.
    ///
    /// - Parameter timeout: How long it may take to begin, and to commit.
    package func transaction<Value>(
        _ begin: SQL = "BEGIN",
        timeout: Duration = timeout,
        _ body: () throws(PostgreSQLError) -> Value
    ) throws(PostgreSQLError) -> Value {
        _ = try executePrepared(begin, timeout: timeout)
        do throws(PostgreSQLError) {
            let value = try body()
            _ = try executePrepared("COMMIT", timeout: timeout)
            return value
        } catch {
            rollBack()
            throw error
        }
    }

    /// Ends a transaction that failed; what cannot be rolled back ends with the connection.
    package func rollBack() {
        guard isUsable else { return }
        _ = try? execute("ROLLBACK", timeout: .seconds(5))
    }

    /// Reads any number of rows in bounded memory, from one snapshot.
    package func forEachRow(
        _ statement: SQL,
        _ values: [PostgreSQLValue],
        fetching count: Int = 5_000,
        _ body: (PostgreSQLRow) -> Void
    ) throws(PostgreSQLError) {
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") { () throws(PostgreSQLError) in
            // All rows will be read: a plan that finds the first ones quickly would be the wrong one.
            _ = try execute("SET LOCAL cursor_tuple_fraction = 1")
            _ = try execute("DECLARE cmq_rows NO SCROLL CURSOR FOR \(statement)", values)
            while true {
                let fetched = try execute("FETCH FORWARD \(count) FROM cmq_rows", timeout: .seconds(3_600))
                for row in fetched.rows { body(row) }
                if fetched.count < count { return }
            }
        }
    }
}
