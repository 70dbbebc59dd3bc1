/// Whether a text has the form of TOML 1.0 (https://toml.io/en/v1.0.0), told from its bytes.
///
/// The parser asserts what it expects in some places, and such an assertion ends the process. What passes here meets
/// none of them; what a form means, and whether a key stands there twice, is the parser's to say. Nothing of the text
/// is repeated in a message: it may be a password.
struct TOMLSyntax {
    /// No setting needs a name of so many parts or values within each other so deep; the parser's stack ends somewhere.
    private static let nestingMax = 32
    /// Longer than any number or date; the parser looks no further.
    private static let scalarBytesMax = 64

    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    /// - Throws: the first place that is not TOML.
    static func check(_ text: String) throws(TOMLDocument.Mistake) {
        var syntax = TOMLSyntax(bytes: Array(text.utf8))
        try syntax.document()
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func document() throws(TOMLDocument.Mistake) {
        while let byte = next {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "#"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                try skipBlank()
            case UInt8(ascii: "["):
                try header()
                try endOfLine()
            default:
                try pair(depth: 0)
                try endOfLine()
            }
        }
    }

    private mutating func header() throws(TOMLDocument.Mistake) {
        skip()
        let isArray = takes("[")
        try key()
        try expect("]", "a section's name has to end with ]")
        if isArray { try expect("]", "a section's name that begins with [[ has to end with ]]") }
    }

    private mutating func pair(depth: Int) throws(TOMLDocument.Mistake) {
        try key()
        try expect("=", "a key has to be followed by =")
        skipSpace()
        try value(depth: depth)
    }

    private mutating func key() throws(TOMLDocument.Mistake) {
        for _ in 0..<Self.nestingMax {
            skipSpace()
            if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
                try string(mayHaveLines: false)
            } else {
                let start = index
                while let byte = next, Self.isBare(byte) { skip() }
                guard index > start else {
                    throw mistake("a name has to begin with a letter, a digit, - or _, or stand in quotes")
                }
            }
            skipSpace()
            guard takes(".") else { return }
        }
        throw mistake("the name has too many parts")
    }

    private mutating func value(depth: Int) throws(TOMLDocument.Mistake) {
        guard depth < Self.nestingMax else { throw mistake("too many values stand within each other") }
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try string(mayHaveLines: true)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "{"): try inlineTable(depth: depth)
        default: try scalar()
        }
    }

    private mutating func array(depth: Int) throws(TOMLDocument.Mistake) {
        skip()
        while true {
            try skipBlank()
            if takes("]") { return }
            try value(depth: depth + 1)
            try skipBlank()
            if takes(",") { continue }
            return try expect("]", "a list needs commas between its values and ] at its end")
        }
    }

    private mutating func inlineTable(depth: Int) throws(TOMLDocument.Mistake) {
        skip()
        skipSpace()
        if takes("}") { return }
        while true {
            try pair(depth: depth + 1)
            skipSpace()
            if takes(",") { continue }
            return try expect("}", "a section in braces needs commas between its keys and } at its end, in one line")
        }
    }

    // MARK: - Texts

    private mutating func string(mayHaveLines: Bool) throws(TOMLDocument.Mistake) {
        let quote = bytes[index]
        let hasEscapes = quote == UInt8(ascii: "\"")
        let begin = line
        skip()
        var isMultiline = false
        if next == quote {
            skip()
            guard next == quote else { return }
            guard mayHaveLines else { throw mistake("a name cannot stand in three quotes") }
            skip()
            isMultiline = true
        }
        while let byte = next {
            if byte == quote {
                guard isMultiline else { return skip() }
                if endsMultiline(quote) { return }
            } else if byte == UInt8(ascii: "\\"), hasEscapes {
                skip()
                try escape(isMultiline: isMultiline)
            } else if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                guard isMultiline else { break }
                try lineBreak()
            } else {
                try textByte(byte)
            }
        }
        line = begin
        throw mistake("a text has no closing quote")
    }

    /// Two quotes may stand before the three that end the text.
    private mutating func endsMultiline(_ quote: UInt8) -> Bool {
        var count = 0
        while next == quote, count < 5 {
            skip()
            count += 1
        }
        return count > 2
    }

    private mutating func escape(isMultiline: Bool) throws(TOMLDocument.Mistake) {
        guard let byte = next else { return }
        switch byte {
        case UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"),
            UInt8(ascii: "\""), UInt8(ascii: "\\"):
            skip()
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            skip()
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = bytes[index...].prefix(count)
            guard digits.count == count, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
                throw mistake("\\u needs 4 hexadecimal digits behind it, \\U needs 8")
            }
            index += count
        case _ where isMultiline && Self.isSpace(byte):
            skipSpace()
            try lineBreak()
        default:
            throw mistake("a text in double quotes has an unknown escape; write \\\\ for a backslash")
        }
    }

    // MARK: - Numbers, dates, true and false

    private mutating func scalar() throws(TOMLDocument.Mistake) {
        let start = index
        skipScalar()
        // A space may stand between a date and its time.
        if next == UInt8(ascii: " "), index + 1 < bytes.count, Self.isDigit(bytes[index + 1]),
            Self.isDate(text(from: start))
        {
            skip()
            skipScalar()
        }
        let token = text(from: start)
        guard !token.isEmpty else { throw mistake("a value is missing") }
        guard token.utf8.count <= Self.scalarBytesMax, Self.isScalar(token) else {
            throw mistake("a value is no number, date, true or false; a text has to stand in quotes")
        }
    }

    private mutating func skipScalar() {
        while let byte = next, !Self.isSpace(byte), !",]}#".utf8.contains(byte) { skip() }
    }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<index], as: UTF8.self) }

    private static func isDate(_ token: String) -> Bool {
        token.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
    }

    private static func isScalar(_ token: String) -> Bool {
        let forms = [
            /true|false|[+\-]?(?:inf|nan)/,
            /0x[0-9A-Fa-f](?:_?[0-9A-Fa-f])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*/,
            /[+\-]?(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][+\-]?[0-9](?:_?[0-9])*)?/,
            /[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?/,
            /[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+\-][0-9]{2}:[0-9]{2})?/,
        ]
        return isDate(token) || forms.contains { token.wholeMatch(of: $0) != nil }
    }

    // MARK: - Bytes

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skip() { index += 1 }

    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        skip()
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar, _ message: String) throws(TOMLDocument.Mistake) {
        skipSpace()
        guard takes(character) else { throw mistake(message) }
    }

    private mutating func skipSpace() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { skip() }
    }

    /// Spaces, comments and line breaks.
    private mutating func skipBlank() throws(TOMLDocument.Mistake) {
        while let byte = next {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"): skip()
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): try lineBreak()
            case UInt8(ascii: "#"): try comment()
            default: return
            }
        }
    }

    private mutating func comment() throws(TOMLDocument.Mistake) {
        while let byte = next, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { try textByte(byte) }
    }

    private mutating func endOfLine() throws(TOMLDocument.Mistake) {
        skipSpace()
        if next == UInt8(ascii: "#") { try comment() }
        guard next != nil else { return }
        guard next == UInt8(ascii: "\n") || next == UInt8(ascii: "\r") else {
            throw mistake("a value or a section's name has to be followed by the end of the line or a comment")
        }
        try lineBreak()
    }

    private mutating func lineBreak() throws(TOMLDocument.Mistake) {
        if next == UInt8(ascii: "\r") { skip() }
        guard takes("\n") else { throw mistake("a line break is missing, or is no \\n and no \\r\\n") }
        line += 1
    }

    private mutating func textByte(_ byte: UInt8) throws(TOMLDocument.Mistake) {
        guard byte >= 0x20 || byte == UInt8(ascii: "\t"), byte != 0x7F else {
            throw mistake("a control character stands here")
        }
        skip()
    }

    private func mistake(_ message: String) -> TOMLDocument.Mistake {
        TOMLDocument.Mistake(message: "is not TOML: \(message)", line: line)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isBare(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return isDigit(byte) || (letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z"))
            || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }
}
