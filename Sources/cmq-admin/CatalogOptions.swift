import ArgumentParser
import CMQCatalog
import CMQCommand
import Foundation

/// Where the history is.
struct CatalogOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The catalog (default: cmq-data/catalog.db).", valueName: "file"))
    var catalog: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The broker's configuration, which says where its catalog is.", valueName: "config.toml")
    )
    var config: String?

    func open() throws(CommandFailure) -> OpenCatalog {
        try Self.open(catalog: catalog, configuration: config)
    }

    static func open(catalog: String?, configuration: String?) throws(CommandFailure) -> OpenCatalog {
        if let catalog { return try OpenCatalog(catalog) }
        return try OpenCatalog(BrokerFiles(configuration: configuration).catalogPath())
    }
}

/// A catalog that was opened for reading.
struct OpenCatalog {
    let path: String
    let reader: any CatalogReader

    init(_ path: String) throws(CommandFailure) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(
                .noInput,
                "there is no catalog at \(path)",
                hint: "name it with --catalog FILE, or the broker's configuration with --config config.toml"
            )
        }
        self.path = path
        do throws(CatalogError) {
            reader = try SQLiteCatalogReader(path: path)
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
            case .io: .inputOutput
            case .corrupt, .olderSchema, .newerSchema, .keyMismatch, .constraint: .dataError
            }
        self.init(status, error.message, hint: error.remedy)
    }
}
