/// Text of a peer, made fit for a log: it must not drive a terminal, end a line, or fill the disk.
enum LogText {
    /// Whether a character does something other than being seen.
    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        return switch scalar.properties.generalCategory {
        // Format characters turn the direction of text around or are not seen at all.
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// Appends `\u001b` for the escape character, and so on: as two units beyond the basic plane, as in JSON.
    static func appendEscape(_ scalar: Unicode.Scalar, to line: inout [UInt8]) {
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
            line.append(contentsOf: "\\u".utf8)
            for shift in stride(from: 12, through: 0, by: -4) {
                line.append(hexDigits[Int(unit >> UInt16(shift) & 15)])
            }
        }
    }

    /// Appends `text` with ``isUnsafe(_:)`` characters as escapes, and with a backslash before each of `quoted`.
    static func append(_ text: String, escaping quoted: Set<UInt8> = [], to line: inout [UInt8]) {
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) {
                switch scalar {
                case "\n": line.append(contentsOf: "\\n".utf8)
                case "\r": line.append(contentsOf: "\\r".utf8)
                case "\t": line.append(contentsOf: "\\t".utf8)
                default: appendEscape(scalar, to: &line)
                }
            } else {
                if scalar.isASCII, quoted.contains(UInt8(scalar.value)) { line.append(UInt8(ascii: "\\")) }
                line.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    /// The beginning of a text that is longer than `limit` bytes, and how much is missing.
    static func cut(_ text: String, to limit: Int) -> String {
        let utf8 = text.utf8
        guard utf8.count > limit else { return text }
        var end = utf8.index(utf8.startIndex, offsetBy: limit)
        while end > utf8.startIndex, UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
        return "\(text[..<end])… (\(utf8.distance(from: end, to: utf8.endIndex)) more bytes)"
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}
