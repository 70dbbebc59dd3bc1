internal import Foundation

/// The lines that a command writes to standard error: `cmq-send: error: …`.
///
/// Standard output belongs to data; everything for people goes through here.
package struct Diagnostics: Sendable {
    /// The name in front of every line.
    package var program: String

    package init(program: String) {
        self.program = program
    }

    package func error(_ message: String, hint: String? = nil) {
        write("error: \(message)")
        if let hint { self.hint(hint) }
    }

    package func warning(_ message: String) {
        write("warning: \(message)")
    }

    package func hint(_ message: String) {
        write("hint: \(message)")
    }

    package func note(_ message: String) {
        write(message)
    }

    private func write(_ line: String) {
        // One write per line, so that lines of several processes do not mix.
        FileHandle.standardError.write(Data("\(program): \(Self.printable(line))\n".utf8))
    }

    /// Replaces control characters: a peer's text must not drive the terminal.
    package static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(isControl(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control: scalar != "\t"
        case .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
