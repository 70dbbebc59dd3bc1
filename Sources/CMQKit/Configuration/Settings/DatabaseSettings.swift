package import CMQSecrets

/// `[database]`: where public keys and the audit trail are kept.
///
/// With ``url`` or ``host`` that is PostgreSQL. What is `nil` then is taken from the URL, from libpq's `PG*`
/// environment variables, and from libpq's own defaults, in this order.
package struct DatabaseSettings: Sendable {
    /// How the connection to PostgreSQL is protected; libpq's `sslmode`.
    package enum SSLMode: String, CaseIterable, Sendable {
        case disable
        case allow
        case prefer
        case require
        case verifyCA = "verify-ca"
        case verifyFull = "verify-full"

        /// Whether the server has to show a certificate that an authority of ours signed.
        var verifiesServer: Bool { self == .verifyCA || self == .verifyFull }
    }

    package var url: DatabaseURL?
    /// A name, an address, the directory of a socket, or several of them with commas.
    package var host: String?
    package var port: Int?
    package var user: String?
    package var password: SecretBytes?
    package var passwordFile: String?
    package var name: String?
    /// Once loaded, ``SSLMode/verifyFull`` where only ``sslRootCertificateFile`` was set.
    package var sslMode: SSLMode?
    package var sslRootCertificateFile: String?
    /// Whether the broker refuses to start without the database.
    package var isRequired = false
    /// How long rows of acknowledged messages are kept; `nil` for ever.
    package var retention: Duration?

    /// The database that these settings choose; ``load(file:environment:overrides:workingDirectory:checkingFiles:)``
    /// sets it.
    package var location = CatalogLocation.sqlite(path: "cmq-data/catalog.db")

    /// The name of the embedded catalog in the data directory.
    static let embeddedName = "catalog.db"

    /// Whether a PostgreSQL server is named, without which its other settings mean nothing.
    var namesServer: Bool { url != nil || host != nil }

    /// Whether `name` means an SQLite file rather than a database of a server.
    static func isFile(_ name: String) -> Bool {
        [".db", ".sqlite", ".sqlite3"].contains { name.lowercased().hasSuffix($0) }
    }

    static let schema: [Setting] = server + credentials + protection + content

    private static let server: [Setting] = [
        .secret(
            .database,
            "url",
            since: .cmq,
            set: { (text, configuration) throws(SettingMistake) in
                configuration.database.url = try DatabaseURL(text)
            },
            "The PostgreSQL server and how to connect to it, as libpq writes it: "
                + "`postgresql://user@host:port/dbname?sslmode=verify-full`. The settings below override its parts, "
                + "unless they are from a weaker source. A secret, because it can hold a password."
        ),
        .optionalText(
            .database,
            "host",
            \.database.host,
            form: .urlPart,
            since: .cipherMQ("1.4"),
            "The PostgreSQL server: a name, an address, or the directory of its socket; several with commas are tried "
                + "in turn. Without it and `url` the catalog is an SQLite file."
        ),
        .optionalInteger(
            .database,
            "port",
            get: { $0.database.port },
            set: { $0.database.port = $1 },
            in: 1...65_535,
            since: .cipherMQ("1.4"),
            defaultText: "`5432`",
            "The port of the PostgreSQL server, which is also a part of its socket's name."
        ),
    ]

    private static let credentials: [Setting] = [
        .optionalText(
            .database,
            "user",
            \.database.user,
            form: .urlPart,
            since: .cipherMQ("1.4"),
            defaultText: "the system's user",
            "The PostgreSQL role."
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
            form: .urlPart,
            since: .cipherMQ("1.3"),
            defaultText: "`\(embeddedName)` in the data directory; with a server, the role's name",
            "With `host` or `url`, the PostgreSQL database. Without, an SQLite file ending in `.db`, `.sqlite` or "
                + "`.sqlite3`."
        ),
    ]

    private static let protection: [Setting] = [
        .optionalChoice(
            .database,
            "sslmode",
            \.database.sslMode,
            defaultText: "`verify-full` with `sslrootcert`, else `prefer`",
            "How the connection to PostgreSQL is protected. `verify-full` makes sure that it is the server that was "
                + "named, and `verify-ca` that it is a server of the authority; the others can be read or redirected "
                + "on the way. A socket of this machine needs none."
        ),
        .optionalPath(
            .database,
            "sslrootcert",
            \.database.sslRootCertificateFile,
            .reads,
            "A PEM file with the authorities that may have signed the PostgreSQL server's certificate."
        ),
    ]

    private static let content: [Setting] = [
        .flag(
            .database,
            "required",
            \.database.isRequired,
            "Whether the broker refuses to start while PostgreSQL is away. By default it starts on its journal, and "
                + "the catalog follows later."
        ),
        .optionalDuration(
            .database,
            "retention",
            \.database.retention,
            in: .seconds(60)...(.seconds(36_500 * 86_400)),
            defaultText: "for ever",
            "How long the rows of acknowledged messages are kept. Messages that are not acknowledged are never deleted."
        ),
    ]
}

/// The database of the catalog.
package enum CatalogLocation: Sendable, Equatable {
    /// An SQLite file, made when it is missing.
    case sqlite(path: String)
    /// A PostgreSQL server, as the other ``DatabaseSettings`` and the `PG*` environment variables say.
    case postgreSQL
}
