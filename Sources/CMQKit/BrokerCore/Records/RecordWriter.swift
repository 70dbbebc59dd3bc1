internal import CMQWire

/// Writes little-endian integers and length-prefixed texts into room that was measured before.
struct RecordWriter {
    private var remaining: UnsafeMutableRawBufferPointer

    init(_ room: UnsafeMutableRawBufferPointer) {
        remaining = room
    }

    var isFull: Bool { remaining.isEmpty }

    mutating func put(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.littleEndian) { put($0) }
    }

    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            put(UInt16(truncatingIfNeeded: utf8.count))
            put(UnsafeRawBufferPointer(utf8))
        }
    }

    mutating func put(_ id: MessageID) {
        id.withUTF8 { utf8 in
            put(UInt16(truncatingIfNeeded: utf8.count))
            put(utf8)
        }
    }

    /// The beginning of the line that a message is delivered as.
    mutating func putLineStart(_ id: MessageID) {
        id.withUTF8 { put($0) }
        put(UInt8(ascii: " "))
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= remaining.count, "a record is longer than its size says")
        remaining.copyMemory(from: bytes)
        remaining = UnsafeMutableRawBufferPointer(rebasing: remaining[bytes.count...])
    }

    // MARK: Sizes

    static func size(of text: String) -> Int { 2 + text.utf8.count }
    static func size(of id: MessageID) -> Int { 2 + id.count }
}
