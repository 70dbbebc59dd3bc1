package import CMQSecrets

/// Why a command cannot go on: one line for people, a remedy where one is known, and the exit status.
package struct CommandFailure: Error, Sendable {
    /// The exit status of the process.
    package var status: ExitStatus
    /// What failed and where, in one line without a capital and without a full stop.
    package var message: String
    /// The remedy, printed as a line of its own.
    package var hint: String?

    package init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
        self.status = status
        self.message = message
        self.hint = hint
    }

    /// A failure about a file that was to be read.
    package static func reading(_ error: FileError, hint: String? = nil) -> CommandFailure {
        CommandFailure(.noInput, error.description, hint: hint)
    }

    /// A failure about a file that was to be made; names the remedy where the name was taken.
    package static func creating(_ error: FileError) -> CommandFailure {
        CommandFailure(
            .cannotCreate,
            error.description,
            hint: error.isExisting ? "use --force to replace it" : nil
        )
    }
}
