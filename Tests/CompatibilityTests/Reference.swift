import Foundation
import TestSupport
import Testing

/// The Python programs in Tests/ReferenceClients, run by the interpreter that `make deps` set up.
enum Reference {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The interpreter is not there: every test that needs it fails with this.
    struct Missing: Error, CustomStringConvertible {
        var description: String {
            "the Python environment of the tests is missing; run 'make deps' (scripts/make-test-environment.sh)"
        }
    }

    private static func interpreter() throws -> String {
        let path = root.appendingPathComponent(".build/reference-python/bin/python3").path
        guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing() }
        return path
    }

    private static func script(_ name: String) -> String {
        root.appendingPathComponent("Tests/ReferenceClients/\(name).py").path
    }

    // Compiled files would be written beside the scripts by several processes at once.
    private static let flags = ["-B"]

    /// Starts a program in `directory`.
    static func start(_ name: String, _ arguments: [String], in directory: URL) throws -> RunningCommand {
        try RunningCommand(interpreter(), flags + [script(name)] + arguments, in: directory)
    }

    /// Runs a program in `directory` to its end.
    static func run(
        _ name: String,
        _ arguments: [String],
        in directory: URL,
        input: String = ""
    ) async throws -> CommandResult {
        try await TestSupport.run(interpreter(), flags + [script(name)] + arguments, input: input, in: directory)
    }
}

/// The generations, as the reference programs call them.
enum Generation: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case v10 = "1.0"
    case v13 = "1.3"
    case v14 = "1.4"
    case v141 = "1.4.1"
    case v15 = "1.5"

    var testDescription: String { rawValue }

    /// How `cmq-send` writes what its receivers open.
    var suite: String {
        switch self {
        case .v10: "rsa-aes-128-gcm"
        case .v13, .v14: "aes-256-gcm"
        case .v141: "chacha20-poly1305"
        case .v15: "chacha20-poly1305-1.5"
        }
    }

    /// The file that its receiver writes, for the queue `q`.
    var outputFile: String {
        switch self {
        case .v10: "received_messages.json"
        case .v13, .v14: "data/received_messages.jsonl"
        case .v141, .v15: "data/q_received_messages.jsonl"
        }
    }
}
