import CMQCatalog
import CMQCommand
import CMQPostgreSQL
import CMQSecrets
import Foundation

/// Where a catalog is.
enum CatalogPlace {
    case file(String)
    case server(PostgreSQLParameters)

    /// - Parameter name: A file, or the URL of a PostgreSQL database without a password.
    init(_ name: String) throws(CommandFailure) {
        guard name.hasPrefix("postgresql://") || name.hasPrefix("postgres://") else {
            self = .file(name)
            return
        }
        var server = PostgreSQLParameters()
        server.url = SecretBytes(copying: Array(name.utf8))
        let hasPassword: Bool
        do throws(PostgreSQLError) {
            hasPassword = try server.urlHasPassword()
        } catch {
            throw CommandFailure(
                .usage,
                "--catalog is no PostgreSQL URL that can be used",
                hint: "write postgresql://user@host:5432/database"
            )
        }
        guard !hasPassword else {
            throw CommandFailure(
                .usage,
                "the URL holds a password, which every user of this machine can see in the list of processes",
                hint: "leave it out, and name a file with it in PGPASSFILE, or use --config"
            )
        }
        self = .server(server)
    }
}

extension CatalogPlace: CustomStringConvertible {
    var description: String {
        switch self {
        case .file(let path): path
        case .server(let server): "PostgreSQL \(server)"
        }
    }
}
