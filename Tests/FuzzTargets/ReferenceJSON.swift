/// JSON as RFC 8259 says it, written for plainness and by nothing that the product uses: the second opinion.
struct ReferenceJSON {
    private let bytes: [UInt8]
    private var position = 0
    /// How many objects and arrays lay within each other at most.
    private(set) var depth = 0

    /// How deep the text is nested; nil when it is not one JSON value.
    static func depth(of bytes: [UInt8]) -> Int? {
        // Strings may hold any character, and nothing but strings may hold one beyond ASCII.
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var text = ReferenceJSON(bytes: bytes)
        text.blanks()
        guard text.value(depth: 1) else { return nil }
        text.blanks()
        return text.position == bytes.count ? text.depth : nil
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func blanks() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func value(depth level: Int) -> Bool {
        // The fuzzer's texts are short; deeper ones would need a stack of their own.
        guard level < 2_000 else { return false }
        if take("{") {
            depth = max(depth, level)
            return list(until: "}") { text in
                guard text.string() else { return false }
                text.blanks()
                guard text.take(":") else { return false }
                text.blanks()
                return text.value(depth: level + 1)
            }
        }
        if take("[") {
            depth = max(depth, level)
            return list(until: "]") { $0.value(depth: level + 1) }
        }
        if next == UInt8(ascii: "\"") { return string() }
        for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return true
        }
        return number()
    }

    private mutating func list(until end: Unicode.Scalar, _ element: (inout Self) -> Bool) -> Bool {
        blanks()
        if take(end) { return true }
        while true {
            blanks()
            guard element(&self) else { return false }
            blanks()
            if take(end) { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case 0..<0x20: return false
            case UInt8(ascii: "\\"):
                guard let escaped = next else { return false }
                position += 1
                if escaped == UInt8(ascii: "u") {
                    for _ in 0..<4 {
                        guard let digit = next, Character(Unicode.Scalar(digit)).isHexDigit else { return false }
                        position += 1
                    }
                } else if !Array("\"\\/bfnrt".utf8).contains(escaped) {
                    return false
                }
            default: break
            }
        }
        return false
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") { guard digits() else { return false } }
        if take(".") { guard digits() else { return false } }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        return position > start
    }
}
