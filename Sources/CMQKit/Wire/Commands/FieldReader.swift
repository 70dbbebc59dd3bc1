internal import Glibc

/// Reads the fields of a line from left to right; fields are separated by blanks.
package struct FieldReader {
    private var remaining: UnsafeRawBufferPointer

    package init(_ line: UnsafeRawBufferPointer) {
        var end = line.count
        while end > 0, Self.isBlank(line[end - 1]) { end -= 1 }
        remaining = UnsafeRawBufferPointer(rebasing: line[..<end])
        skipBlanks()
    }

    /// The next field, or `nil` at the end of the line.
    package mutating func next() -> UnsafeRawBufferPointer? {
        guard let base = remaining.baseAddress, !remaining.isEmpty else { return nil }
        guard let blank = memchr(base, 0x20, remaining.count) else { return rest() }
        let length = UnsafeRawPointer(blank) - base
        let field = UnsafeRawBufferPointer(start: base, count: length)
        remaining = UnsafeRawBufferPointer(rebasing: remaining[length...])
        skipBlanks()
        return field
    }

    /// Everything that is left as one field, or `nil` at the end of the line.
    package mutating func rest() -> UnsafeRawBufferPointer? {
        guard !remaining.isEmpty else { return nil }
        let field = remaining
        remaining = UnsafeRawBufferPointer(rebasing: remaining[remaining.count...])
        return field
    }

    private mutating func skipBlanks() {
        var start = 0
        while start < remaining.count, Self.isBlank(remaining[start]) { start += 1 }
        if start > 0 { remaining = UnsafeRawBufferPointer(rebasing: remaining[start...]) }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes are those of `text`.
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount, let baseAddress else { return false }
        return memcmp(baseAddress, text.utf8Start, count) == 0
    }
}
