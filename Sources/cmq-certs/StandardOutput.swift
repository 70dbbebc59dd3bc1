internal import CMQCommand
internal import Foundation

/// The data that this command prints. A reader that went away is no failure; a full disk is.
enum StandardOutput {
    static func write(_ text: String) throws(CommandFailure) {
        do throws(OutputDescriptor.Failure) {
            try OutputDescriptor.standardOutput.write(Array(text.utf8))
        } catch {
            if case .system(let reason) = error {
                throw CommandFailure(.inputOutput, "cannot write to standard output: \(reason)")
            }
        }
    }

    static func print(_ line: String) throws(CommandFailure) {
        try write("\(line)\n")
    }

    /// One JSON object on one line, with sorted keys and times in RFC 3339.
    static func print(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}
