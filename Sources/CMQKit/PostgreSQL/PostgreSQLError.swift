/// Why the server did not do what it was asked to.
///
/// The message is the server's or libpq's own first line: the statement, its values and the details that the
/// server adds to them stay out of it.
package struct PostgreSQLError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The parameters make no sense to libpq.
        case parameters
        /// There is no connection, or it was lost. What was under way may or may not have happened.
        case connection
        /// There is a server, and the connection cannot be protected as it was asked for.
        case protection
        /// The server said no.
        case server
        /// The answer did not come in time. The connection is given up.
        case timeout
        /// Another thread ended the wait. The connection is given up.
        case interrupted
    }

    package var kind: Kind
    /// The server's code (PostgreSQL documentation, appendix A), where it gave one: `53300`.
    package var sqlState: String?
    package var message: String

    package init(_ kind: Kind, _ message: String, sqlState: String? = nil) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
    }

    package var description: String {
        sqlState.map { "\(message) (SQLSTATE \($0))" } ?? message
    }
}
