internal import CMQPostgreSQL

/// The conditions of a query, and the values in them.
struct PostgreSQLConditions {
    private var conditions: [SQL] = ["TRUE"]
    private(set) var values: [PostgreSQLValue] = []

    /// All of them have to hold.
    var text: SQL { .joined(conditions, by: " AND ") }

    /// Gives a value its place in the statement: `$3`.
    mutating func bind(_ value: PostgreSQLValue) -> SQL {
        values.append(value)
        return "$\(values.count)"
    }

    mutating func add(_ condition: SQL) {
        conditions.append(condition)
    }

    /// Adds a condition that ends in a value.
    mutating func add(_ condition: SQL, _ value: PostgreSQLValue) {
        let place = bind(value)
        conditions.append("\(condition)\(place)")
    }
}
