/// One mistake in the configuration: where it is, what is wrong, and what to do about it.
///
/// No problem carries the value of a secret setting.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        /// The broker does not start.
        case error
        /// The broker starts, but somebody should know.
        case warning
    }

    package var severity: Severity
    /// Where the value came from.
    package var source: ConfigurationSource
    /// The setting as `section.key`, a section's name, or empty where the whole file is meant.
    package var key: String
    /// What is wrong, without a capital and without a full stop.
    package var message: String
    /// What to do about it.
    package var remedy: String

    package init(
        _ severity: Severity = .error,
        source: ConfigurationSource,
        key: String,
        message: String,
        remedy: String
    ) {
        self.severity = severity
        self.source = source
        self.key = key
        self.message = message
        self.remedy = remedy
    }

    /// The configuration file, where the value came from one.
    package var file: String? {
        if case .file(let path, _) = source { path } else { nil }
    }

    /// The line in ``file``, counted from 1, where it is known.
    package var line: Int? {
        if case .file(_, let line) = source { line } else { nil }
    }

    package var isError: Bool { severity == .error }

    /// `config.toml:12: tls.cert_pth: unknown key, did you mean cert_path?`
    package var description: String {
        [source.description, key, message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
