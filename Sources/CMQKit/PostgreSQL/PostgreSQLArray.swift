/// A one-dimensional array parameter, encoded while it is filled: a batch's column for `unnest`.
///
/// The format is that of `array_send` in PostgreSQL's `arrayfuncs.c`: dimensions, whether there are NULLs,
/// element type, length, lower bound, then each element with its length, -1 for NULL.
package struct PostgreSQLArray: Sendable {
    private static let headerBytes = 20

    let type: PostgreSQLType
    package private(set) var count = 0
    private var hasNull = false
    private var bytes: [UInt8]

    private init(_ type: PostgreSQLType, capacity: Int, elementBytes: Int) {
        self.type = type
        bytes = []
        bytes.reserveCapacity(Self.headerBytes + capacity * (elementBytes + 4))
        bytes.append(contentsOf: repeatElement(0, count: Self.headerBytes))
    }

    package static func texts(capacity: Int = 0) -> PostgreSQLArray {
        PostgreSQLArray(.textArray, capacity: capacity, elementBytes: 24)
    }

    package static func integers(capacity: Int = 0) -> PostgreSQLArray {
        PostgreSQLArray(.integerArray, capacity: capacity, elementBytes: 8)
    }

    /// Elements are `timestamptz`.
    package static func times(capacity: Int = 0) -> PostgreSQLArray {
        PostgreSQLArray(.timeArray, capacity: capacity, elementBytes: 8)
    }

    package static func texts(_ values: some Sequence<String>) -> PostgreSQLArray {
        var array = PostgreSQLArray.texts()
        for value in values { array.append(value) }
        return array
    }

    package mutating func append(_ text: String?) {
        precondition(type == .textArray, "a text goes into an array of texts")
        guard var text else { return appendNull() }
        count += 1
        text.withUTF8 { utf8 in
            if utf8.contains(0) {
                let storable = BinaryFormat.storable(String(decoding: utf8, as: UTF8.self))
                appendLength(storable.count)
                bytes.append(contentsOf: storable)
            } else {
                appendLength(utf8.count)
                bytes.append(contentsOf: utf8)
            }
        }
    }

    package mutating func append(_ integer: Int64?) {
        precondition(type == .integerArray, "an integer goes into an array of integers")
        guard let integer else { return appendNull() }
        appendInteger(integer)
    }

    /// - Parameter microseconds: Since 1970.
    package mutating func append(time microseconds: Int64?) {
        precondition(type == .timeArray, "a time goes into an array of times")
        guard let microseconds else { return appendNull() }
        appendInteger(BinaryFormat.timestamp(microseconds))
    }

    private mutating func appendNull() {
        count += 1
        hasNull = true
        append(Int32(-1))
    }

    private mutating func appendInteger(_ value: Int64) {
        count += 1
        appendLength(8)
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func appendLength(_ length: Int) {
        append(Int32(truncatingIfNeeded: length))
    }

    private mutating func append(_ value: Int32) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    consuming func finished() -> [UInt8] {
        // Only arrays can be made.
        let element = type.element ?? .text
        let header = [
            count == 0 ? 0 : 1, hasNull ? 1 : 0, Int32(truncatingIfNeeded: element.rawValue),
            Int32(truncatingIfNeeded: count), 1,
        ]
        // An empty array has no dimension, and ends behind its element type.
        if count == 0 { bytes.removeLast(8) }
        for (index, word) in header.enumerated() where index * 4 < bytes.count {
            withUnsafeBytes(of: word.bigEndian) { source in
                for offset in 0..<4 { bytes[index * 4 + offset] = source[offset] }
            }
        }
        return bytes
    }
}
