import CMQPostgreSQL
import CMQSecrets
import TestSupport

extension PostgreSQLServer {
    /// How to connect to a database over TCP.
    func parameters(_ database: String) -> PostgreSQLParameters {
        var parameters = PostgreSQLParameters()
        parameters.host = "127.0.0.1"
        parameters.port = port
        parameters.user = user
        parameters.password = SecretBytes(copying: Array(password.utf8))
        parameters.database = database
        return parameters
    }

    /// A connection to an empty database, or to the one that is named.
    func connect(
        to database: String? = nil,
        interruption: PostgreSQLInterruption? = nil
    ) async throws -> PostgreSQLConnection {
        let database = if let database { database } else { try await makeDatabase() }
        return try PostgreSQLConnection.open(
            parameters(database),
            interruption: try interruption ?? PostgreSQLInterruption()
        )
    }
}
