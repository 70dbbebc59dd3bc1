/// A setting from the command line, which wins over the environment and the file.
package struct ConfigurationOverride: Hashable, Sendable {
    /// The setting as `section.key`, for example `server.port`.
    package var name: String
    /// The value as it was typed.
    package var value: String
    /// The flag, for messages: `--port`.
    package var flag: String

    package init(_ name: String, _ value: String, flag: String) {
        self.name = name
        self.value = value
        self.flag = flag
    }
}
