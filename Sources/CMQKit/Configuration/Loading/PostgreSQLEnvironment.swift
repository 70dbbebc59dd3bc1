/// What libpq reads from the environment by itself and the loader has to know about to judge a connection.
struct PostgreSQLEnvironment {
    var host: String?
    var hostAddress: String?
    var sslMode: String?

    init(_ environment: [String: String] = [:]) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        host = value("PGHOST")
        hostAddress = value("PGHOSTADDR")
        sslMode = value("PGSSLMODE")
    }
}
