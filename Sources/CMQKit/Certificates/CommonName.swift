/// The common name of a certificate: an identity, and the name of a folder.
package struct CommonName: Hashable, Sendable, CustomStringConvertible {
    /// X.520's upper bound for a common name, in characters.
    package static let charactersMax = 64

    /// The longest name of a file on the usual file systems, in bytes.
    private static let fileNameBytesMax = 255

    package let text: String

    /// Accepts what is safe as an identity on the wire, in a log and in a path.
    ///
    /// - Throws: ``CertificateError`` with the code `invalidArgument`.
    package init(_ text: String) throws(CertificateError) {
        if let reason = Self.objection(to: text) {
            throw CertificateError(.invalidArgument, "the name \(Self.quoted(text)) \(reason)")
        }
        self.text = text
    }

    package var description: String { text }

    private static func objection(to text: String) -> String? {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return "is empty" }
        if scalars.count > charactersMax { return "has more than \(charactersMax) characters" }
        if text.utf8.count > fileNameBytesMax { return "has more than \(fileNameBytesMax) bytes" }
        if scalars.contains(where: isDeceptive) { return "contains a control character" }
        if scalars.contains("/") { return "contains a slash" }
        if first.properties.isWhitespace || last.properties.isWhitespace { return "begins or ends with a blank" }
        if first == "." { return "begins with a dot" }
        if first == "-" { return "begins with a dash" }
        return nil
    }

    /// Characters that drive a terminal or reorder what is shown. The two joiners are part of how
    /// Persian, Hindi and others are written, and change nothing but the shape of their neighbours.
    static func isDeceptive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
        default: false
        }
    }

    /// For messages: bounded, and with nothing in it that drives a terminal.
    static func quoted(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(charactersMax) {
            shown.append(isDeceptive(scalar) ? "\u{FFFD}" : scalar)
        }
        return "'\(String(shown))\(text.unicodeScalars.count > charactersMax ? "…" : "")'"
    }
}
