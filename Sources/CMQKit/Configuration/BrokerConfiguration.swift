/// Everything that a broker is told from outside. The values of a fresh one are the
/// defaults, with relative paths; ``load(file:environment:overrides:workingDirectory:checkingFiles:)``
/// makes them absolute.
package struct BrokerConfiguration: Sendable {
    package var server = ServerSettings()
    package var tls = TLSSettings()
    package var logging = LoggingSettings()
    package var database = DatabaseSettings()
    package var encryption = EncryptionSettings()
    package var limits = LimitSettings()
    package var delivery = DeliverySettings()
    package var journal = JournalSettings()
    package var security = SecuritySettings()

    /// The identity of clients that connect without TLS and so have no certificate to be named by.
    package static let anonymousIdentity = "anonymous"

    package init() {}

    /// Reads the configuration: flags win over the environment, the environment over the file,
    /// the file over the defaults.
    ///
    /// All mistakes are collected. Where one of them is an error, its setting has its default in
    /// the result, which then must not be used to run a broker.
    ///
    /// - Parameters:
    ///   - file: The file to read. `nil` reads `config.toml` in the working directory where it
    ///     exists and goes on without a file where it does not.
    ///   - environment: Environment variables; empty ones count as absent.
    ///   - overrides: Settings from the command line.
    ///   - workingDirectory: What relative paths are taken against; absolute.
    ///   - checkingFiles: Whether the files and directories that the settings name are looked at too.
    package static func load(
        file: String?,
        environment: [String: String],
        overrides: [ConfigurationOverride] = [],
        workingDirectory: String,
        checkingFiles: Bool = false
    ) -> (configuration: BrokerConfiguration, problems: [ConfigurationProblem]) {
        var loader = ConfigurationLoader(workingDirectory: workingDirectory)
        loader.readFile(file)
        loader.readEnvironment(environment)
        loader.readOverrides(overrides)
        loader.apply()
        loader.complete()
        if checkingFiles { loader.checkFiles() }
        return (loader.configuration, loader.sortedProblems)
    }
}
