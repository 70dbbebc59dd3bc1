import ArgumentParser
import CMQCommand
import CMQConfiguration
import CMQLogging
import CMQWire
import Foundation

struct BrokerOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String?

    @Flag(name: .long, help: "Check the configuration and every file it names, and exit: 0 if all is right, else 78.")
    var checkConfig = false

    @Option(name: .long, help: "Listen on this port instead; 0 lets the system choose one.")
    var port: Int?

    @Option(name: .long, help: ArgumentHelp("Write the port to this file once the broker listens.", valueName: "file"))
    var portFile: String?

    @Option(name: .long, help: ArgumentHelp("Log to standard error in this form: text or json.", valueName: "form"))
    var logFormat: LogPipeline.StreamFormat?

    /// Reads the configuration and prints every problem; throws when one of them is an error.
    func load(checkingFiles: Bool, diagnostics: Diagnostics) throws -> BrokerConfiguration {
        let overrides = port.map { [ConfigurationOverride("server.port", "\($0)", flag: "--port")] } ?? []
        let (configuration, problems) = BrokerConfiguration.load(
            file: config,
            environment: ProcessInfo.processInfo.environment,
            overrides: overrides,
            workingDirectory: FileManager.default.currentDirectoryPath,
            checkingFiles: checkingFiles
        )
        for problem in problems {
            if problem.isError {
                diagnostics.error("\(problem)")
            } else {
                diagnostics.warning("\(problem)")
            }
        }
        let errors = problems.filter(\.isError).count
        guard errors == 0 else {
            throw CommandFailure(
                .configuration,
                "the configuration has \(errors) \(errors == 1 ? "mistake" : "mistakes")",
                hint: checkingFiles ? nil : "'cmq-broker --check-config' shows everything that is wrong"
            )
        }
        return configuration
    }
}

extension LogPipeline.StreamFormat: ExpressibleByArgument {}
