internal import CChecksum

/// What all files of a journal have in common; `docs/journal.md` shows each byte.
enum JournalFormat {
    static let version: UInt32 = 1
    /// Reads and writes of this size are long enough that their number does not matter.
    static let transferBytes = 1 << 20
    /// What file systems and page caches work in, or a part of it.
    static let pageBytes = 4_096

    /// `count` bytes, filled up to whole pages.
    static func wholePages(_ count: Int) -> Int { (count + pageBytes - 1) / pageBytes * pageBytes }

    static func checksum(_ bytes: UnsafeRawBufferPointer, continuing seed: UInt32 = 0) -> UInt32 {
        cmq_crc32c(seed, bytes.baseAddress, bytes.count)
    }
}

/// The random number that tells one journal from any other.
struct JournalID: Hashable, Sendable, CustomStringConvertible {
    var first: UInt64
    var second: UInt64

    static func random() -> JournalID {
        var generator = SystemRandomNumberGenerator()
        return JournalID(first: generator.next(), second: generator.next())
    }

    var description: String { first.hexadecimal + second.hexadecimal }
}

extension UInt64 {
    /// Sixteen lower-case digits, so that names sort like numbers.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension UnsafeRawBufferPointer {
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type = Value.self, at offset: Int) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
    }

    func journalID(at offset: Int) -> JournalID {
        JournalID(first: integer(at: offset), second: integer(at: offset + 8))
    }
}

extension UnsafeMutableRawBufferPointer {
    func store<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value, at offset: Int) {
        storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
    }

    func store(_ id: JournalID, at offset: Int) {
        store(id.first, at: offset)
        store(id.second, at: offset + 8)
    }

    /// The checksum of all before `offset`, stored there.
    func seal(at offset: Int) {
        store(
            JournalFormat.checksum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(self)[..<offset])),
            at: offset
        )
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the checksum at `offset` is that of all before it.
    func isSealed(at offset: Int) -> Bool {
        integer(UInt32.self, at: offset) == JournalFormat.checksum(UnsafeRawBufferPointer(rebasing: self[..<offset]))
    }
}

/// Runs `body` with zeroed memory of `count` bytes.
func withZeroedBytes<Result>(
    _ count: Int,
    _ body: (UnsafeMutableRawBufferPointer) throws(JournalError) -> Result
) throws(JournalError) -> Result {
    // Aligned to pages, as writes past the page cache want it.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: JournalFormat.pageBytes)
    defer { buffer.deallocate() }
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
    return try body(buffer)
}
