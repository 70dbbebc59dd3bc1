import CMQPostgreSQL
import Testing

@Suite struct SQLTests {
    @Test func `a statement is made of literals and of other statements`() {
        let columns: SQL = "a, b"
        let conditions = SQL.joined(["a = $1", "b = $\(2)"], by: " AND ")
        let statement: SQL = "SELECT \(columns) FROM t WHERE \(conditions)"
        #expect(statement.text == "SELECT a, b FROM t WHERE a = $1 AND b = $2")
    }
}
