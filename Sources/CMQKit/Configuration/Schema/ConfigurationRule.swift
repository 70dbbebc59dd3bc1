/// A rule about several settings that are not sizes; see ``LimitRelation`` for those.
struct ConfigurationRule: Sendable {
    var severity = ConfigurationProblem.Severity.error
    /// The setting to blame.
    var name: String
    /// What is wrong when it is broken.
    var message: String
    var remedy: String
    var isBroken: @Sendable (BrokerConfiguration) -> Bool

    static let all = general + database

    private static let general: [ConfigurationRule] = [
        ConfigurationRule(
            name: "server.address",
            message: "is not a loopback address, and connection_type is \"tcp\", which has no encryption",
            remedy: "listen on 127.0.0.1, use connection_type = \"tls\", or set "
                + "security.allow_plain_tcp_beyond_loopback = true"
        ) { configuration in
            configuration.server.connectionType == .tcp && !configuration.server.address.isLoopback
                && !configuration.security.allowPlainTCPBeyondLoopback
        },
        ConfigurationRule(
            severity: .warning,
            name: "server.address",
            message: "is reached from other machines without encryption and without identities",
            remedy: "use connection_type = \"tls\""
        ) { configuration in
            configuration.server.connectionType == .tcp && !configuration.server.address.isLoopback
                && configuration.security.allowPlainTCPBeyondLoopback
        },
        ConfigurationRule(
            name: "security.admins",
            message: "contains \"\(BrokerConfiguration.anonymousIdentity)\", which every client has when "
                + "connection_type is \"tcp\"",
            remedy: "take it out of the list"
        ) { configuration in
            configuration.server.connectionType == .tcp
                && configuration.security.admins.contains(BrokerConfiguration.anonymousIdentity)
        },
        ConfigurationRule(
            name: "logging.info_file_path",
            message: "names the same file as another log",
            remedy: "give each of the three logs a file of its own"
        ) { configuration in
            Set(configuration.logging.paths).count != configuration.logging.paths.count
        },
        ConfigurationRule(
            name: "delivery.lease",
            message: "is longer than limits.message_age, so that a message would expire during its first delivery",
            remedy: "make the lease shorter, or let messages live longer"
        ) { configuration in
            configuration.limits.messageAge != .zero
                && configuration.delivery.lease > configuration.limits.messageAge
        },
    ]

    private static let database: [ConfigurationRule] =
        [
            withoutServer("user") { $0.user != nil },
            withoutServer("password") { $0.password != nil },
            withoutServer("sslmode") { $0.sslMode != nil },
            withoutServer("sslrootcert") { $0.sslRootCertificateFile != nil },
            ConfigurationRule(
                name: "database.dbname",
                message: "is no file of SQLite, and [database] names no host and no url",
                remedy: "name the PostgreSQL host, or a file ending in .db"
            ) { configuration in
                guard !configuration.database.namesServer, let name = configuration.database.name else { return false }
                return !DatabaseSettings.isFile(name)
            },
            ConfigurationRule(
                severity: .warning,
                name: "database.dbname",
                message: "ends like an SQLite file, but [database] names a PostgreSQL server",
                remedy: "name the PostgreSQL database, or take host and url away"
            ) { configuration in
                configuration.database.namesServer && configuration.database.name.map(DatabaseSettings.isFile) == true
            },
        ]

    private static func withoutServer(
        _ key: String,
        isSet: @escaping @Sendable (DatabaseSettings) -> Bool
    ) -> ConfigurationRule {
        ConfigurationRule(
            severity: .warning,
            name: "database.\(key)",
            message: "has no effect, because [database] names no host and no url",
            remedy: "name the PostgreSQL host, or take \(key) away"
        ) { configuration in
            !configuration.database.namesServer && isSet(configuration.database)
        }
    }
}
