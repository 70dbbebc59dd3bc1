internal import CChecksum

/// The directory of a journal, made from a fuzzer's bytes: a row of steps, each a byte and what it asks for.
///
/// The checksums of what the steps write are right, or no step would get past them; one step breaks bytes.
/// Follows `docs/journal.md` and nothing of the product.
struct JournalImage {
    static let directory = "/journal"
    private static let id = [UInt8](repeating: 0x5A, count: 16)
    private static let pageBytes = 4096
    private static let stepsMax = 64

    private(set) var files: [String: [UInt8]] = [:]
    /// The segment that the steps write to.
    private var segment: (base: UInt64, capacity: UInt64) = (0, 0)
    private var position: UInt64 = 0
    private var path = ""

    init(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        for _ in 0..<Self.stepsMax where !input.isEmpty { step(&input) }
    }

    private mutating func step(_ input: inout FuzzInput) {
        let choice = input.byte()
        switch choice & 0x0F {
        case 0: beginSegment(base: position, capacity: UInt64(input.byte()) * 8)
        case 1: beginSegment(base: segment.base &+ segment.capacity, capacity: UInt64(input.byte()) * 8)
        case 2: beginSegment(base: input.integer(), capacity: input.integer())
        case 3: append(kind: input.byte(), payload: input.bytes(Int(input.byte())))
        case 4: append(kind: 0xFF, payload: Self.bytes(of: position))
        case 5: append(kind: 0xFF, payload: input.bytes(8))
        case 6: append(kind: 0xFE, payload: [])
        case 7: write(input.bytes(Int(input.byte())))
        case 8: writeCheckpoint(at: position, content: input.bytes(Int(input.byte())), length: nil)
        case 9: writeCheckpoint(at: input.integer(), content: input.bytes(4), length: input.integer())
        case 10: writeIdentity(isRight: choice & 0x10 == 0)
        case 11: damage(at: Int(input.integer(UInt16.self)), with: input.byte())
        case 12: files[path] = files[path]?.dropLast(Int(input.byte()))
        case 13: position = position &+ UInt64(input.byte()) * 8
        case 14: declareRecord(kind: input.byte(), length: input.integer())
        default: addOther(choice >> 4)
        }
    }

    private mutating func beginSegment(base: UInt64, capacity: UInt64) {
        segment = (base, capacity)
        position = base
        path = "\(Self.directory)/\(Self.hexadecimal(base)).segment"
        var page = Array("CMQJSEG\n".utf8) + Self.bytes(of: 1 as UInt32) + Self.bytes(of: UInt32(Self.pageBytes))
        page += Self.bytes(of: base) + Self.bytes(of: capacity) + Self.id
        page += [UInt8](repeating: 0, count: Self.pageBytes - 4 - page.count)
        files[path] = page + Self.bytes(of: cmq_crc32c(0, page, page.count))
    }

    private mutating func append(kind: UInt8, payload: [UInt8]) {
        let first = Self.bytes(of: UInt32(payload.count)) + [kind, 0, 0, 0]
        let record = header(first, payloadChecksum: cmq_crc32c(0, payload, payload.count)) + payload
        write(record + [UInt8](repeating: 0, count: (8 - record.count % 8) % 8))
    }

    /// A record whose length is not that of what follows.
    private mutating func declareRecord(kind: UInt8, length: UInt32) {
        write(header(Self.bytes(of: length) + [kind, 0, 0, 0], payloadChecksum: 0))
    }

    private func header(_ first: [UInt8], payloadChecksum: UInt32) -> [UInt8] {
        let covered = Self.bytes(of: position) + first + Self.bytes(of: payloadChecksum)
        let seed = cmq_crc32c(0, Self.id, Self.id.count)
        return first + Self.bytes(of: payloadChecksum) + Self.bytes(of: cmq_crc32c(seed, covered, covered.count))
    }

    private mutating func write(_ bytes: [UInt8]) {
        guard var content = files[path], position >= segment.base, position - segment.base < 1 << 16 else { return }
        let offset = Int(position - segment.base) + Self.pageBytes
        content += [UInt8](repeating: 0, count: max(0, offset + bytes.count - content.count))
        content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        files[path] = content
        position = position &+ UInt64(bytes.count)
    }

    private mutating func writeCheckpoint(at position: UInt64, content: [UInt8], length: UInt64?) {
        var header = Array("CMQJCKP\n".utf8) + Self.bytes(of: 1 as UInt64) + Self.bytes(of: position)
        header += Self.bytes(of: length ?? UInt64(content.count)) + Self.id
        header += Self.bytes(of: cmq_crc32c(0, content, content.count)) + [UInt8](repeating: 0, count: 8)
        header += Self.bytes(of: cmq_crc32c(0, header, header.count))
        files["\(Self.directory)/\(Self.hexadecimal(position)).checkpoint"] = header + content
    }

    private mutating func writeIdentity(isRight: Bool) {
        var identity = Array("CMQJOUR\n".utf8) + Self.bytes(of: 1 as UInt64)
        identity += isRight ? Self.id : Self.id.reversed().map { $0 ^ 1 }
        identity += [UInt8](repeating: 0, count: 12)
        files["\(Self.directory)/journal.id"] = identity + Self.bytes(of: cmq_crc32c(0, identity, identity.count))
    }

    private mutating func damage(at offset: Int, with bits: UInt8) {
        guard var content = files[path], !content.isEmpty else { return }
        content[offset % content.count] ^= bits
        files[path] = content
    }

    private mutating func addOther(_ choice: UInt8) {
        let name = ["0000000000000000.spare", "x.tmp", "00000000000000FF.segment", "zzzzzzzzzzzzzzzz.checkpoint"]
        files["\(Self.directory)/\(name[Int(choice % 4)])"] = [choice]
    }

    // MARK: Reading it back

    /// The intact record at a position of the log, read by the page about the format alone.
    static func record(at position: UInt64, in files: [String: [UInt8]]) -> (kind: UInt8, payload: [UInt8])? {
        for (path, content) in files where path.hasSuffix(".segment") && content.count >= pageBytes {
            let base = integer(content[16..<24])
            let (end, overflow) = base.addingReportingOverflow(integer(content[24..<32]))
            guard !overflow, position >= base, position < end, position - base < UInt64(content.count) else { continue }
            let start = Int(position - base) + pageBytes
            guard start + 16 <= content.count else { return nil }
            let header = content[start..<start + 16]
            let count = Int(integer(header.prefix(4)))
            // Kind 0 was never written, and no record reaches beyond its segment.
            guard header[start + 4] != 0, header[start + 5..<start + 8].allSatisfy({ $0 == 0 }),
                UInt64((16 + count + 7) / 8 * 8) <= end - position
            else { return nil }
            // What was cut off reads as zeros.
            let stored = content[(start + 16)...].prefix(count)
            let payload = Array(stored) + [UInt8](repeating: 0, count: min(count - stored.count, 1 << 22))
            let covered = bytes(of: position) + header.prefix(12)
            let seed = cmq_crc32c(0, Array(content[32..<48]), 16)
            guard integer(header.suffix(4)) == UInt64(cmq_crc32c(seed, covered, covered.count)),
                integer(header.dropFirst(8).prefix(4)) == UInt64(cmq_crc32c(0, payload, payload.count))
            else { return nil }
            return (header[start + 4], payload)
        }
        return nil
    }

    /// The furthest position that an intact sync mark behind it proves to have been durable.
    static func provenThrough(in files: [String: [UInt8]]) -> UInt64 {
        var proven: UInt64 = 0
        for (path, content) in files where path.hasSuffix(".segment") && content.count >= pageBytes {
            let base = integer(content[16..<24])
            for offset in stride(from: pageBytes, to: content.count - 8, by: 8) where content[offset + 4] == 0xFF {
                let position = base &+ UInt64(offset - pageBytes)
                guard let mark = record(at: position, in: files), mark.payload.count == 8 else { continue }
                let durable = integer(mark.payload[...])
                // One that claims what lies behind itself was made by no writer.
                if durable <= position { proven = max(proven, durable) }
            }
        }
        return proven
    }

    private static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
