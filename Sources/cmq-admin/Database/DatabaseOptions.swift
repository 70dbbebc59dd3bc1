import ArgumentParser
import CMQCatalog
import CMQCommand
import CMQPostgreSQL

/// Which PostgreSQL database.
struct DatabaseOptions: ParsableArguments {
    @OptionGroup(title: "Catalog") var catalog: CatalogOptions

    func open() throws(CommandFailure) -> PostgreSQLAdministration {
        switch try catalog.place() {
        case .file(let path):
            throw CommandFailure(
                .configuration,
                "the catalog is the SQLite file \(path), which its broker looks after by itself",
                hint: "name a database with --catalog postgresql://user@host/database, or the configuration of a "
                    + "broker that uses one with --config"
            )
        case .server(var server):
            server.applicationName = "cmq-admin"
            do throws(CatalogError) {
                return try PostgreSQLAdministration(server)
            } catch {
                throw CommandFailure(error)
            }
        }
    }
}

extension PostgreSQLAdministration {
    /// Does something, and reports failures as those of a command.
    func perform<Result>(
        _ body: (PostgreSQLAdministration) throws(CatalogError) -> Result
    ) throws(CommandFailure) -> Result {
        do throws(CatalogError) {
            return try body(self)
        } catch {
            throw CommandFailure(error)
        }
    }
}
