internal import CLibPQ
package import CMQSecrets
internal import Glibc

/// Which database to connect to, and how. What is not set is taken from the `PG*` environment variables and
/// then from libpq's own defaults.
package struct PostgreSQLParameters: Sendable {
    /// A connection URL of libpq, which may hold a password; the other settings override it.
    package var url: SecretBytes?
    /// A host name, an address, or the directory of a socket; several with commas between them are tried in turn.
    package var host: String?
    package var port: Int?
    package var user: String?
    package var password: SecretBytes?
    package var database: String?
    /// libpq's `sslmode`: `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`.
    package var sslMode: String?
    /// A PEM file with the authorities that may have signed the server's certificate.
    package var sslRootCertificateFile: String?
    /// How long each server address may take to answer.
    package var connectTimeout = Duration.seconds(5)
    /// What the server's own lists show for this connection.
    package var applicationName = "cmq"

    package init() {}

    /// Whether the URL itself holds a password.
    package func urlHasPassword() throws(PostgreSQLError) -> Bool {
        let keywords = try urlKeywords()
        return keywords.password != nil || keywords.values["sslpassword"]?.isEmpty == false
    }

    /// The servers to try, each as the keywords of one connection.
    func attempts() throws(PostgreSQLError) -> [PostgreSQLKeywords] {
        var keywords = try urlKeywords()
        func set(_ name: String, _ value: String?) {
            if let value { keywords.values[name] = value }
        }
        set("host", host)
        if host != nil { keywords.values["hostaddr"] = nil }
        set("port", port.map { "\($0)" })
        set("user", user)
        set("dbname", database)
        set("sslmode", sslMode)
        set("sslrootcert", sslRootCertificateFile)
        keywords.password = password ?? keywords.password
        keywords.values.merge(Self.fixed) { given, _ in given }
        keywords.values["application_name"] = applicationName
        keywords.values["client_encoding"] = "UTF8"
        return try keywords.splittingHosts().flatMap { $0.resolvingHost() }
    }

    // A server that is gone without a word is noticed within a minute.
    private static let fixed = [
        "keepalives_idle": "20", "keepalives_interval": "5", "keepalives_count": "4", "tcp_user_timeout": "30000",
    ]

    /// What the URL says.
    private func urlKeywords() throws(PostgreSQLError) -> PostgreSQLKeywords {
        guard let url else { return PostgreSQLKeywords() }
        var message: UnsafeMutablePointer<CChar>?
        let options = url.withUnsafeBytes { bytes in
            withCString(bytes) { PQconninfoParse($0, &message) }
        }
        // libpq's own words quote the URL, and with it the password.
        if let message { PQfreemem(message) }
        guard let options else {
            throw PostgreSQLError(.parameters, "the connection URL is not one that libpq understands")
        }
        defer { PQconninfoFree(options) }
        var keywords = PostgreSQLKeywords()
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { keywords.set(String(cString: keyword), value) }
            option += 1
        }
        // A password with a bare @ or / in it: its rest stands as host or port now, and would be shown as such.
        let isSplit =
            ["host", "hostaddr", "dbname"].contains { keywords.values[$0]?.contains("@") == true }
            || keywords.values["port"]?.contains { !$0.isNumber && $0 != "," } == true
        guard !isSplit else {
            throw PostgreSQLError(
                .parameters,
                "the connection URL holds an @, a : or a / that is not written as %40, %3A or %2F"
            )
        }
        return keywords
    }
}

extension PostgreSQLParameters: CustomStringConvertible {
    /// Where the database is, without user and password: `labs on db.example:5432`.
    package var description: String {
        guard let keywords = try? attempts().first?.values else { return "an unreadable connection URL" }
        func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        let place = keywords["host"] ?? environment("PGHOST") ?? "the default socket"
        let port = keywords["port"] ?? environment("PGPORT")
        let database = keywords["dbname"] ?? environment("PGDATABASE") ?? "the default database"
        return "\(database) on \(place)\(port.map { ":\($0)" } ?? "")"
    }
}
