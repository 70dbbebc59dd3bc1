import CMQConfiguration
import Foundation
import TestSupport

/// A configuration file in a directory of its own, and what loading it gave.
struct LoadedConfiguration {
    let directory: TemporaryDirectory
    let configuration: BrokerConfiguration
    let problems: [ConfigurationProblem]

    /// - Parameters:
    ///   - text: The content of `config.toml`; `nil` for no file.
    ///   - files: Further files, by name.
    init(
        _ text: String?,
        environment: [String: String] = [:],
        overrides: [ConfigurationOverride] = [],
        files: [String: String] = [:],
        checkingFiles: Bool = false
    ) throws {
        directory = try TemporaryDirectory()
        for (name, content) in files { try directory.write(content, to: name, mode: 0o600) }
        if let text { try directory.write(text, to: "config.toml", mode: 0o600) }
        (configuration, problems) = BrokerConfiguration.load(
            file: text == nil ? nil : "config.toml",
            environment: environment,
            overrides: overrides,
            workingDirectory: directory.path,
            checkingFiles: checkingFiles
        )
    }

    var descriptions: [String] { problems.map(\.description) }
}

extension TemporaryDirectory {
    func write(_ text: String, to name: String, mode: Int) throws {
        try write(text, to: name)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file(name))
    }
}
