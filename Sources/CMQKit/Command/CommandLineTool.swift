package import ArgumentParser
internal import CMQVersion
internal import Foundation

/// A command of the toolkit: parses like any `AsyncParsableCommand`, and reports every
/// failure in the toolkit's form with an exit status of sysexits(3).
package protocol CommandLineTool: AsyncParsableCommand {}

extension CommandLineTool {
    /// The name that the program's messages start with.
    package static var programName: String {
        configuration.commandName ?? "cmq"
    }

    /// What `--version` prints.
    package static var toolkitVersion: String { ToolkitVersion.text }

    /// The diagnostics of this program.
    package static var diagnostics: Diagnostics {
        Diagnostics(program: programName)
    }

    /// Parses `arguments`, runs the command and ends the process. Call it from `@main`'s `main()`.
    package static func runAndExit(_ arguments: [String]? = nil) async -> Never {
        // A reader that goes away is reported by the write that fails, not by a signal.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            Foundation.exit(ExitStatus.success.rawValue)
        } catch {
            Foundation.exit(report(error))
        }
    }

    private static func report(_ error: any Error) -> Int32 {
        if let failure = error as? CommandFailure {
            diagnostics.error(failure.message, hint: failure.hint)
            return failure.status.rawValue
        }
        let code = exitCode(for: error)
        if code.isSuccess {
            // --help, --version and completion scripts are data.
            print(fullMessage(for: error))
            return code.rawValue
        }
        let message = message(for: error)
        if error is ExitCode || message.isEmpty { return code.rawValue }
        if code == .validationFailure {
            diagnostics.error(message, hint: "see '\(programName) --help'")
            return ExitStatus.usage.rawValue
        }
        diagnostics.error(message)
        return ExitStatus.software.rawValue
    }
}
