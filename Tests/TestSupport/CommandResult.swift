package import Foundation

/// What a finished process left.
package struct CommandResult: Sendable {
    package var status: Int32
    package var standardOutput: Data
    package var standardError: Data

    package var output: String { String(decoding: standardOutput, as: UTF8.self) }
    package var errors: String { String(decoding: standardError, as: UTF8.self) }
    package var lines: [Substring] { output.split(separator: "\n") }
}
