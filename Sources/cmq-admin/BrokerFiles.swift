import CMQCatalog
import CMQCommand
import CMQConfiguration
import CMQPostgreSQL
import CMQSecrets
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
        // Only what says where things are matters here: passwords and keys of the broker may not be this user's to read.
        // A connection that is meant to be protected must not be made without that for a mistake in a setting.
        let locations = ["server.data_directory", "journal.directory"]
        let problem = problems.first { problem in
            guard problem.isError, problem.key != "database.password_file" else { return false }
            return locations.contains(problem.key) || problem.key.hasPrefix("database.")
                || (problem.key.isEmpty && problem.file != nil)
        }
        if let problem { throw CommandFailure(.configuration, "\(problem)", hint: problem.remedy) }
        self.configuration = configuration
    }

    /// Where the catalog is.
    var catalogPlace: CatalogPlace {
        switch configuration.database.location {
        case .sqlite(let path): .file(path)
        case .postgreSQL: .server(PostgreSQLParameters(configuration.database))
        }
    }

    /// The key that encrypts the public keys, where this user may read it.
    func catalogKey() throws(FileError) -> SecretBytes {
        try configuration.encryption.key.read()
    }

    var journalDirectory: String {
        configuration.journal.directory ?? "\(configuration.server.dataDirectory)/journal"
    }
}
