import CMQCommand
import Foundation
import TestSupport
import Testing

/// Habits of this tree that are checked by a machine and not by memory.
@Suite struct TreeTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static let commands = ["cmq-admin", "cmq-broker", "cmq-certs", "cmq-keygen", "cmq-recv", "cmq-send"]

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    private func swiftFiles(below folder: String) throws -> [(path: String, text: String)] {
        let base = Self.root.appendingPathComponent(folder)
        guard let files = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else { return [] }
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.map {
            ($0.path, try String(contentsOf: $0, encoding: .utf8))
        }
    }

    @Test func keepsFilesShort() throws {
        let files = try swiftFiles(below: "Sources") + swiftFiles(below: "Tests")
        #expect(files.count > 300)
        for file in files {
            let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 600, "\(file.path) has \(lines) lines")
        }
    }

    @Test func leavesNoMarkersAndPrintsOnlyInCommands() throws {
        for file in try swiftFiles(below: "Sources") {
            for marker in ["TO" + "DO", "FIX" + "ME"] {
                #expect(!file.text.contains(marker), "\(file.path) contains \(marker)")
            }
            let mayPrint = file.path.contains("/Sources/cmq-") || file.path.contains("/Command/")
            #expect(mayPrint || !file.text.contains(/\n *print\(/), "\(file.path) prints")
        }
    }

    @Test func documentsEveryExitStatus() throws {
        let rows = try text("docs/exit-status.md").split(separator: "\n").compactMap { line -> String? in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            guard cells.count >= 3, let code = Int(cells[0]) else { return nil }
            return "\(code) \(cells[1])"
        }
        #expect(rows == ExitStatus.allCases.map { "\($0.rawValue) \($0)" })
    }

    @Test(arguments: commands)
    func showsHelpWithExamplesAndItsVersion(command: String) async throws {
        let help = try await run(command, ["--help"])
        #expect(help.status == 0)
        #expect(help.errors == "")
        #expect(help.output.contains("EXAMPLES"))
        let version = try await run(command, ["--version"])
        #expect(version.status == 0)
        #expect(version.output.contains(/^\d+\.\d+\.\d+\n$/))
    }

    @Test(arguments: commands)
    func refusesUnknownFlagsWithUsage(command: String) async throws {
        let result = try await run(command, ["--no-such-flag"])
        #expect(result.status == 64)
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("\(command): error: "))
        #expect(result.errors.contains("--help"))
    }

    @Test(arguments: commands)
    func mentionsTheCommandInTheReadme(command: String) throws {
        #expect(try text("README.md").contains("\n### \(command)\n"))
    }
}
