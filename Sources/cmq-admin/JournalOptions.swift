import ArgumentParser
import CMQCommand
import CMQJournal
import Foundation

/// Where the journal is.
struct JournalOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The journal (default: cmq-data/journal).", valueName: "dir"))
    var directory: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The broker's configuration, which says where its journal is.", valueName: "config.toml")
    )
    var config: String?

    func path() throws(CommandFailure) -> String {
        let path = if let directory { directory } else { try BrokerFiles(configuration: config).journalDirectory }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw CommandFailure(
                .noInput,
                "there is no journal at \(path)",
                hint: "name it with --directory DIR, or the broker's configuration with --config config.toml"
            )
        }
        return path
    }
}

extension CommandFailure {
    /// How a command ends when a journal cannot be read at all.
    init(_ error: JournalError) {
        let status: ExitStatus =
            switch error.code {
            case .system, .missingSegment: .noInput
            case .targetExists: .cannotCreate
            case .locked, .unstable: .temporaryFailure
            default: .dataError
            }
        self.init(status, error.description, hint: error.remedy)
    }
}
