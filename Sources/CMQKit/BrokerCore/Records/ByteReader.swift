internal import CMQWire

/// Reads little-endian integers and length-prefixed texts.
struct ByteReader {
    private(set) var remaining: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        remaining = bytes
    }

    mutating func integer<Value: FixedWidthInteger>() throws(RecordError) -> Value {
        let size = MemoryLayout<Value>.size
        guard remaining.count >= size else { throw .malformed }
        let value = Value(littleEndian: remaining.loadUnaligned(as: Value.self))
        remaining = UnsafeRawBufferPointer(rebasing: remaining[size...])
        return value
    }

    mutating func bytes() throws(RecordError) -> UnsafeRawBufferPointer {
        let count = Int(try integer() as UInt16)
        guard remaining.count >= count else { throw .malformed }
        let bytes = UnsafeRawBufferPointer(rebasing: remaining[..<count])
        remaining = UnsafeRawBufferPointer(rebasing: remaining[count...])
        return bytes
    }

    mutating func text() throws(RecordError) -> String {
        // Only texts were written; a repaired one would be another name, and may be longer than its length can say.
        guard let text = String(validating: try bytes(), as: UTF8.self) else { throw .malformed }
        return text
    }

    /// The number of a message: 0 marks what is not there, and the last one of all what is settled.
    mutating func sequence() throws(RecordError) -> UInt64 {
        let sequence: UInt64 = try integer()
        guard sequence != 0, sequence != .max else { throw .malformed }
        return sequence
    }

    mutating func messageID() throws(RecordError) -> MessageID {
        let bytes = try bytes()
        guard bytes.count <= MessageID.bytesMax else { throw .malformed }
        return MessageID(trusted: bytes)
    }
}

extension [UInt8] {
    mutating func append(integer: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: integer.littleEndian) { append(contentsOf: $0) }
    }

    mutating func append(text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(integer: UInt16(utf8.count))
            append(contentsOf: utf8)
        }
    }

    mutating func append(_ id: MessageID) {
        id.withUTF8 { utf8 in
            append(integer: UInt16(utf8.count))
            append(contentsOf: utf8)
        }
    }
}
