/// The content of JSON strings (RFC 8259, section 7).
package enum JSONString {
    /// The text of a string literal, given with its quotes; `nil` when the value is not a string
    /// or names a lone surrogate. The literal must have been checked by ``JSONCursor`` before.
    package static func decode(_ literal: UnsafeRawBufferPointer) -> String? {
        guard literal.count >= 2, literal[0] == UInt8(ascii: "\"") else { return nil }
        return unescape(UnsafeRawBufferPointer(rebasing: literal[1..<(literal.count - 1)]))
    }

    /// The text between the quotes of a checked string literal.
    package static func unescape(_ content: UnsafeRawBufferPointer) -> String? {
        guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var index = 0
        while index < content.count {
            guard content[index] == UInt8(ascii: "\\") else {
                text.append(content[index])
                index += 1
                continue
            }
            switch content[index + 1] {
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            case UInt8(ascii: "u"):
                guard let (scalar, length) = scalar(in: content, at: index) else { return nil }
                text.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
                index += length - 2
            default: text.append(content[index + 1])
            }
            index += 2
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends `text` with its quotes.
    package static func append(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0x0A: output.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case 0..<0x20:
                output.append(contentsOf: "\\u00".utf8)
                output.append(contentsOf: [hex[Int(byte >> 4)], hex[Int(byte & 15)]])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static let hex = Array("0123456789abcdef".utf8)

    /// The character of `\uXXXX`, or of a surrogate pair, at `index`, and how many bytes it was written with.
    private static func scalar(in content: UnsafeRawBufferPointer, at index: Int) -> (Unicode.Scalar, Int)? {
        let high = codeUnit(in: content, at: index)
        if let scalar = Unicode.Scalar(high) { return (scalar, 6) }
        guard high < 0xDC00, index + 12 <= content.count, content[index + 6] == UInt8(ascii: "\\"),
            content[index + 7] == UInt8(ascii: "u")
        else { return nil }
        let low = codeUnit(in: content, at: index + 6)
        guard 0xDC00...0xDFFF ~= low else { return nil }
        let value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
        return Unicode.Scalar(value).map { ($0, 12) }
    }

    private static func codeUnit(in content: UnsafeRawBufferPointer, at index: Int) -> UInt32 {
        (2..<6).reduce(0) { $0 << 4 | UInt32(HexDigit.value(of: content[index + $1]) ?? 0) }
    }
}
