import ArgumentParser
import CMQCatalog
import CMQCommand
import CMQPostgreSQL
import Foundation

/// Where the history is.
struct CatalogOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The catalog: a file (default: cmq-data/catalog.db), or postgresql://user@host/database.",
            valueName: "place"
        )
    )
    var catalog: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The broker's configuration, which says where its catalog is.", valueName: "config.toml")
    )
    var config: String?

    func open() throws(CommandFailure) -> OpenCatalog {
        try OpenCatalog(place())
    }

    func place() throws(CommandFailure) -> CatalogPlace {
        if let catalog { return try CatalogPlace(catalog) }
        return try BrokerFiles(configuration: config).catalogPlace
    }
}

/// A catalog that was opened for reading.
struct OpenCatalog {
    let place: CatalogPlace
    let reader: any CatalogReader

    init(_ place: CatalogPlace) throws(CommandFailure) {
        self.place = place
        if case .file(let path) = place, !FileManager.default.fileExists(atPath: path) {
            throw CommandFailure(
                .noInput,
                "there is no catalog at \(path)",
                hint: "name it with --catalog, or the broker's configuration with --config config.toml"
            )
        }
        do throws(CatalogError) {
            switch place {
            case .file(let path): reader = try SQLiteCatalogReader(path: path)
            case .server(var server):
                server.applicationName = "cmq-admin"
                reader = try PostgreSQLCatalogReader(server: server)
            }
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Reads, and reports failures as those of a command.
    func read<Result>(
        _ body: (any CatalogReader) throws(CatalogError) -> Result
    ) throws(CommandFailure) -> Result {
        do throws(CatalogError) {
            return try body(reader)
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    init(_ error: CatalogError) {
        let status: ExitStatus =
            switch error.code {
            case .unavailable: .unavailable
            case .refused: .noPermission
            case .io: .inputOutput
            case .corrupt, .olderSchema, .newerSchema, .keyMismatch, .constraint: .dataError
            }
        self.init(status, error.message, hint: error.remedy)
    }
}
