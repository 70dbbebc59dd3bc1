package import CMQSecrets

/// `[database]`: where public keys and the audit trail are kept.
package struct DatabaseSettings: Sendable {
    package var host: String?
    package var port = 5432
    package var user: String?
    package var password: SecretBytes?
    package var passwordFile: String?
    package var name: String?

    /// The database that these settings choose; ``load(file:environment:overrides:workingDirectory:checkingFiles:)``
    /// sets it.
    package var location = CatalogLocation.sqlite(path: "cmq-data/catalog.db")

    /// The name of the embedded catalog in the data directory.
    static let embeddedName = "catalog.db"

    /// Whether `name` means an SQLite file rather than a database of a server.
    static func isFile(_ name: String) -> Bool {
        [".db", ".sqlite", ".sqlite3"].contains { name.lowercased().hasSuffix($0) }
    }

    static let schema: [Setting] = [
        .optionalText(
            .database,
            "host",
            \.database.host,
            since: .cipherMQ("1.4"),
            "The PostgreSQL server. Without it the catalog is an SQLite file."
        ),
        .integer(
            .database,
            "port",
            \.database.port,
            in: 1...65_535,
            since: .cipherMQ("1.4"),
            "The port of the PostgreSQL server."
        ),
        .optionalText(
            .database,
            "user",
            \.database.user,
            since: .cipherMQ("1.4"),
            "The PostgreSQL role; needed with `host`."
        ),
        .secret(
            .database,
            "password",
            since: .cipherMQ("1.4"),
            set: { (password, configuration) in configuration.database.password = password },
            "The role's password. Better in `password_file` or the environment than here."
        ),
        .optionalPath(
            .database,
            "password_file",
            \.database.passwordFile,
            .reads,
            "A file with the password in its first line, which only the broker's user can read."
        ),
        .optionalText(
            .database,
            "dbname",
            \.database.name,
            since: .cipherMQ("1.3"),
            defaultText: "`\(embeddedName)` in the data directory",
            "With `host`, the PostgreSQL database. Without, an SQLite file ending in `.db`, `.sqlite` or `.sqlite3`."
        ),
    ]
}

/// The database of the catalog.
package enum CatalogLocation: Sendable, Equatable {
    /// An SQLite file, made when it is missing.
    case sqlite(path: String)
    /// A PostgreSQL server; the password is in ``DatabaseSettings/password``.
    case postgreSQL(host: String, port: Int, user: String, database: String)
}
