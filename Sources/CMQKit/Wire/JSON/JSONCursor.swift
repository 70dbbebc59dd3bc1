internal import CPlainText

/// A position in JSON text (RFC 8259) that checks while it moves and copies nothing.
///
/// The pointer must stay valid as long as the cursor is used.
package struct JSONCursor {
    private let base: UnsafePointer<UInt8>
    private let count: Int
    private let depthMax: Int
    /// The offset of the next byte that was not read yet.
    package private(set) var offset = 0

    /// - Parameters:
    ///   - bytes: The text; it may be empty.
    ///   - depthMax: How many objects and arrays may lie within each other.
    package init(_ bytes: UnsafeRawBufferPointer, depthMax: Int = 64) {
        // An empty buffer has no address; any will do, because nothing is ever read from it.
        base = bytes.assumingMemoryBound(to: UInt8.self).baseAddress ?? Self.nowhere
        count = bytes.count
        self.depthMax = depthMax
    }

    private static var nowhere: UnsafePointer<UInt8> { UnsafePointer(bitPattern: 1).unsafelyUnwrapped }

    package var isAtEnd: Bool { offset == count }

    package func failure(_ reason: JSONError.Reason) -> JSONError {
        JSONError(reason: offset < count ? reason : .unexpectedEnd, offset: offset)
    }

    /// The next byte after blanks, without taking it.
    package mutating func peek() throws(JSONError) -> UInt8 {
        skipBlanks()
        guard offset < count else { throw failure(.unexpectedEnd) }
        return base[offset]
    }

    /// Takes `byte` if it comes next after blanks.
    package mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard offset < count, base[offset] == byte else { return false }
        offset += 1
        return true
    }

    package mutating func expect(_ byte: UInt8, else reason: JSONError.Reason = .unexpectedByte) throws(JSONError) {
        guard take(byte) else { throw failure(reason) }
    }

    /// Throws unless only blanks are left.
    package mutating func expectEnd() throws(JSONError) {
        skipBlanks()
        guard offset == count else { throw JSONError(reason: .trailingBytes, offset: offset) }
    }

    package mutating func skipBlanks() {
        while offset < count {
            switch base[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    /// The bytes from `start` up to the cursor.
    package func slice(from start: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + start, count: offset - start)
    }

    /// Reads one value of any kind and returns its bytes, without the blanks around it.
    package mutating func value(depth: Int = 0) throws(JSONError) -> UnsafeRawBufferPointer {
        let first = try peek()
        let start = offset
        switch first {
        case UInt8(ascii: "\""):
            _ = try string()
        case UInt8(ascii: "{"):
            try object(depth: depth) { (cursor, _) throws(JSONError) in _ = try cursor.value(depth: depth + 1) }
        case UInt8(ascii: "["):
            try array(depth: depth) { (cursor) throws(JSONError) in _ = try cursor.value(depth: depth + 1) }
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try number()
        }
        return slice(from: start)
    }

    /// Reads an object; `member` gets each name (between its quotes, escapes as written) and must read the value.
    package mutating func object(
        depth: Int = 0,
        member: (inout JSONCursor, UnsafeRawBufferPointer) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(UInt8(ascii: "{"), else: .expectedObject)
        guard depth < depthMax else { throw failure(.tooDeep) }
        if take(UInt8(ascii: "}")) { return }
        repeat {
            skipBlanks()
            let name = try string()
            try expect(UInt8(ascii: ":"))
            try member(&self, name)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
    }

    /// Reads an array; `element` must read one value each time.
    package mutating func array(
        depth: Int = 0,
        element: (inout JSONCursor) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect(UInt8(ascii: "["), else: .expectedArray)
        guard depth < depthMax else { throw failure(.tooDeep) }
        if take(UInt8(ascii: "]")) { return }
        repeat {
            try element(&self)
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
    }

    /// Reads a string and returns what is between its quotes, escapes as written.
    package mutating func string() throws(JSONError) -> UnsafeRawBufferPointer {
        guard offset < count, base[offset] == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
        offset += 1
        let start = offset
        while true {
            // A payload is one long base64 string.
            offset += cmq_plain_prefix(base + offset, count - offset)
            guard offset < count else { throw failure(.unexpectedEnd) }
            switch base[offset] {
            case UInt8(ascii: "\""):
                offset += 1
                return UnsafeRawBufferPointer(start: base + start, count: offset - 1 - start)
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw failure(.controlCharacter)
            default: try multiByteCharacter()
            }
        }
    }

    private mutating func escape() throws(JSONError) {
        offset += 1
        guard offset < count else { throw failure(.unexpectedEnd) }
        switch base[offset] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 1
        case UInt8(ascii: "u"):
            offset += 1
            for _ in 0..<4 {
                guard offset < count, HexDigit.value(of: base[offset]) != nil else { throw failure(.invalidEscape) }
                offset += 1
            }
        default: throw failure(.invalidEscape)
        }
    }

    /// One character of two to four bytes, as the table 3-7 of the Unicode standard allows it.
    private mutating func multiByteCharacter() throws(JSONError) {
        let first = base[offset]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw failure(.invalidUTF8)
        }
        guard offset + length <= count, second.contains(base[offset + 1]) else {
            throw JSONError(reason: .invalidUTF8, offset: offset)
        }
        for index in 2..<max(length, 2) where base[offset + index] & 0xC0 != 0x80 {
            throw JSONError(reason: .invalidUTF8, offset: offset)
        }
        offset += length
    }

    private mutating func word(_ text: StaticString) throws(JSONError) {
        for index in 0..<text.utf8CodeUnitCount {
            guard offset < count, base[offset] == text.utf8Start[index] else { throw failure(.unexpectedByte) }
            offset += 1
        }
    }

    private mutating func number() throws(JSONError) {
        let start = offset
        if base[offset] == UInt8(ascii: "-") { offset += 1 }
        if offset < count, base[offset] == UInt8(ascii: "0") {
            offset += 1
        } else {
            try digits(orElse: offset == start ? .unexpectedByte : .invalidNumber)
        }
        if offset < count, base[offset] == UInt8(ascii: ".") {
            offset += 1
            try digits(orElse: .invalidNumber)
        }
        if offset < count, base[offset] | 0x20 == UInt8(ascii: "e") {
            offset += 1
            if offset < count, base[offset] == UInt8(ascii: "+") || base[offset] == UInt8(ascii: "-") { offset += 1 }
            try digits(orElse: .invalidNumber)
        }
    }

    private mutating func digits(orElse reason: JSONError.Reason) throws(JSONError) {
        let start = offset
        while offset < count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= base[offset] { offset += 1 }
        guard offset > start else { throw failure(reason) }
    }
}
