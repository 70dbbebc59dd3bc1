extension ConfigurationLoader {
    private typealias Reset = @Sendable (inout DatabaseSettings) -> Void

    /// By the settings' keys: the part of a URL that each overrides, and how it is taken back.
    private static let urlParts: [(key: String, keyword: String, reset: Reset)] = [
        ("host", "host", { $0.host = nil }),
        ("port", "port", { $0.port = nil }),
        ("user", "user", { $0.user = nil }),
        ("password", "password", { $0.password = nil }),
        ("password_file", "password", { $0.passwordFile = nil }),
        ("dbname", "dbname", { $0.name = nil }),
        ("sslmode", "sslmode", { $0.sslMode = nil }),
        ("sslrootcert", "sslrootcert", { $0.sslRootCertificateFile = nil }),
    ]

    /// A URL from the environment must not end at a host that a file names: settings of a weaker source count
    /// only for what the URL leaves open.
    mutating func settleDatabaseURL() {
        guard let url = configuration.database.url else { return }
        let rank = source(of: "database.url").rank
        for part in Self.urlParts where url.keywords.contains(part.keyword) {
            if source(of: "database.\(part.key)").rank < rank { part.reset(&configuration.database) }
        }
    }

    /// Sets what follows from the settings of a PostgreSQL server, and looks at how it is reached.
    mutating func settlePostgreSQL() {
        let database = configuration.database
        guard database.namesServer else { return }
        if database.sslRootCertificateFile != nil, database.sslMode == nil, database.url?.sslMode == nil {
            configuration.database.sslMode = .verifyFull
        }
        let sslMode =
            configuration.database.sslMode ?? database.url?.sslMode
            ?? postgreSQLEnvironment.sslMode.flatMap(DatabaseSettings.SSLMode.init)
        if sslMode?.verifiesServer == true || databaseHosts.allSatisfy(Self.isOnThisMachine) { return }
        let name = database.host == nil ? "database.url" : "database.host"
        problems.append(
            ConfigurationProblem(
                .warning,
                source: source(of: name),
                key: name,
                message: "is reached over the network without verifying the server, so that the connection can be "
                    + "read or redirected on the way",
                remedy: "set sslmode = \"verify-full\", and sslrootcert to the authority's certificate"
            )
        )
    }

    /// The hosts that libpq will connect to; empty for its own socket.
    private var databaseHosts: [String] {
        let database = configuration.database
        if let addresses = database.url?.hostAddresses, !addresses.isEmpty { return addresses }
        if let address = postgreSQLEnvironment.hostAddress { return Self.list(address) }
        if let host = database.host { return Self.list(host) }
        if let hosts = database.url?.hosts, !hosts.isEmpty { return hosts }
        return postgreSQLEnvironment.host.map(Self.list) ?? []
    }

    private static func list(_ text: String) -> [String] { text.split(separator: ",").map(String.init) }

    private static func isOnThisMachine(_ host: String) -> Bool {
        // A slash begins the directory of a socket, and an @ a socket without a file.
        host.hasPrefix("/") || host.hasPrefix("@") || ListenAddress(host: host, port: 0).isLoopback
    }
}
