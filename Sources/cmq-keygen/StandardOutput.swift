internal import CMQCommand
internal import Foundation

/// The data that this command prints.
enum StandardOutput {
    /// Writes one line.
    static func print(_ line: String) throws(CommandFailure) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
        } catch {
            throw CommandFailure(.inputOutput, "cannot write to standard output")
        }
    }

    /// One object with members in snake case, in the order of their names.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
