/// PostgreSQL's binary representations: integers are big-endian.
enum BinaryFormat {
    static func bytes(_ value: Int64) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }

    /// `timestamptz` from microseconds since 1970; times before the year 0 and after 9999 become the nearest inside.
    static func timestamp(_ microseconds: Int64) -> Int64 {
        let range: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999
        return min(max(microseconds, range.lowerBound), range.upperBound) - PostgreSQLType.epochMicroseconds
    }

    static func storable(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.contains(0) else { return bytes }
        return Array(text.replacing("\u{0}", with: "\u{FFFD}").utf8)
    }

    /// An integer of 2, 4 or 8 bytes; `nil` for anything else.
    static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        switch bytes.count {
        case 2: Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        case 4: Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case 8: Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        default: nil
        }
    }
}
