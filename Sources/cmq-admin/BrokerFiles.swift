import CMQCommand
import CMQConfiguration
import Foundation

/// Where the broker keeps its files, as its configuration says.
struct BrokerFiles {
    private let configuration: BrokerConfiguration

    /// - Parameter path: The broker's configuration; `nil` for `config.toml` in the working directory
    ///   where it exists, and the broker's defaults where it does not.
    init(configuration path: String?) throws(CommandFailure) {
        let (configuration, problems) = BrokerConfiguration.load(
            file: path,
            environment: ProcessInfo.processInfo.environment,
            workingDirectory: FileManager.default.currentDirectoryPath
        )
        // Only what says where the files are matters here: passwords and keys of the broker are nobody else's to read.
        let locations = ["server.data_directory", "database.host", "database.dbname", "journal.directory"]
        let problem = problems.first { problem in
            problem.isError && (locations.contains(problem.key) || (problem.key.isEmpty && problem.file != nil))
        }
        if let problem { throw CommandFailure(.configuration, "\(problem)", hint: problem.remedy) }
        self.configuration = configuration
    }

    func catalogPath() throws(CommandFailure) -> String {
        switch configuration.database.location {
        case .sqlite(let path): return path
        case .postgreSQL(let host, _, _, _):
            throw CommandFailure(
                .configuration,
                "the catalog is in PostgreSQL on \(host), and only SQLite catalogs can be read",
                hint: "name an SQLite file with --catalog"
            )
        }
    }

    var journalDirectory: String {
        configuration.journal.directory ?? "\(configuration.server.dataDirectory)/journal"
    }
}
