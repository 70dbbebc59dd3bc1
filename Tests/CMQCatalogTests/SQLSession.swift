import TestSupport

/// Another process on the database, whose transaction stays open between statements.
final class SQLSession {
    /// What the process had against a statement.
    struct Failure: Error {
        var errors: String
    }

    private let command: RunningCommand
    private let terminator: String
    private var count = 0

    /// - Parameters:
    ///   - command: Answers each statement with a line.
    ///   - terminator: What makes it carry out a statement, before the end of the line.
    init(_ command: RunningCommand, after terminator: String = "") {
        self.command = command
        self.terminator = terminator
    }

    func execute(_ statement: String) async throws {
        count += 1
        try command.write("\(statement)\(terminator)\n")
        guard await command.waitForOutput(lines: count) else { throw Failure(errors: command.soFar.errors) }
    }

    /// Ends the process; says whether it was content.
    func end() async throws -> Bool {
        try command.closeInput()
        return await command.finish().status == 0
    }
}
