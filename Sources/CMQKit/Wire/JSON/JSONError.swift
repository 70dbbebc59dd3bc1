/// Why bytes are not the JSON that was expected, and where.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case unexpectedEnd = "unexpected end"
        case unexpectedByte = "unexpected character"
        case expectedObject = "expected an object"
        case expectedArray = "expected an array"
        case controlCharacter = "control character in a string"
        case invalidEscape = "invalid escape"
        case invalidUTF8 = "invalid UTF-8"
        case invalidNumber = "invalid number"
        case tooDeep = "nested too deeply"
        case trailingBytes = "trailing characters"
    }

    /// What is wrong.
    package var reason: Reason
    /// The byte offset from the start of the scanned text.
    package var offset: Int

    package init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(reason.rawValue) at byte \(offset)" }
}
