internal import CChecksum

/// The bytes of a record in one particular journal.
///
/// The header's checksum covers the position and the journal's random number besides the header itself:
/// bytes left over in a recycled segment never look valid, and a payload cannot be made to look like a header by
/// somebody who does not know that number.
struct RecordFormat: Sendable {
    static let headerBytes = 16
    static let alignment = 8
    /// The journal's own kinds; callers use 1 to 0xEF.
    static let callerKinds: ClosedRange<UInt8> = 1...0xEF
    /// Stands where a repair gave up what was damaged; the payload is what was left of it.
    static let lostKind: UInt8 = 0xFD
    /// Nothing follows in this segment; the log goes on in the next one.
    static let endKind: UInt8 = 0xFE
    /// Carries a position through which everything was synced when this was written.
    static let markKind: UInt8 = 0xFF
    static let markPayloadBytes = 8
    static let markBytes = recordBytes(payload: markPayloadBytes)
    static let endBytes = recordBytes(payload: 0)

    private let seed: UInt32

    init(_ id: JournalID) {
        seed = Swift.withUnsafeBytes(of: (id.first.littleEndian, id.second.littleEndian)) {
            JournalFormat.checksum($0)
        }
    }

    static func recordBytes(payload: Int) -> Int {
        (headerBytes + payload + alignment - 1) & ~(alignment - 1)
    }

    func storeHeader(
        to header: UnsafeMutableRawPointer,
        position: JournalPosition,
        kind: UInt8,
        payload: UnsafeRawBufferPointer
    ) {
        let first = RecordHeader.firstWord(length: UInt32(payload.count), kind: kind)
        let payloadChecksum = JournalFormat.checksum(payload)
        header.storeBytes(of: first.littleEndian, as: UInt64.self)
        header.storeBytes(of: payloadChecksum.littleEndian, toByteOffset: 8, as: UInt32.self)
        let checksum = headerChecksum(position: position, first: first, payloadChecksum: payloadChecksum)
        header.storeBytes(of: checksum.littleEndian, toByteOffset: 12, as: UInt32.self)
    }

    func storeMark(to record: UnsafeMutableRawPointer, position: JournalPosition, durableThrough: JournalPosition) {
        let payload = record + Self.headerBytes
        payload.storeBytes(of: durableThrough.littleEndian, as: UInt64.self)
        storeHeader(
            to: record,
            position: position,
            kind: Self.markKind,
            payload: UnsafeRawBufferPointer(start: payload, count: Self.markPayloadBytes)
        )
    }

    /// The header at `bytes` if it was written for exactly this position of this journal.
    func header(at bytes: UnsafeRawPointer, position: JournalPosition) -> RecordHeader? {
        let first = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        // The tail search asks this at every eighth byte: most candidates end here.
        guard let header = RecordHeader(firstWord: first) else { return nil }
        let payloadChecksum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        let checksum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        guard checksum == headerChecksum(position: position, first: first, payloadChecksum: payloadChecksum) else {
            return nil
        }
        return RecordHeader(payloadBytes: header.payloadBytes, kind: header.kind, payloadChecksum: payloadChecksum)
    }

    private func headerChecksum(position: JournalPosition, first: UInt64, payloadChecksum: UInt32) -> UInt32 {
        let covered = (position.littleEndian, first.littleEndian, payloadChecksum.littleEndian)
        return Swift.withUnsafeBytes(of: covered) { bytes in
            // Twenty bytes; the tuple's stride would be 24.
            cmq_crc32c(seed, bytes.baseAddress, 20)
        }
    }
}

/// A record's header whose checksum was right.
struct RecordHeader {
    var payloadBytes: Int
    var kind: UInt8
    var payloadChecksum: UInt32

    var recordBytes: Int { RecordFormat.recordBytes(payload: payloadBytes) }

    static func firstWord(length: UInt32, kind: UInt8) -> UInt64 {
        UInt64(length) | UInt64(kind) << 32
    }

    init(payloadBytes: Int, kind: UInt8, payloadChecksum: UInt32) {
        self.payloadBytes = payloadBytes
        self.kind = kind
        self.payloadChecksum = payloadChecksum
    }

    /// Nil for what no version 1 journal writes: kind 0, or reserved bits set.
    fileprivate init?(firstWord: UInt64) {
        guard firstWord >> 40 == 0, firstWord >> 32 != 0 else { return nil }
        self.init(
            payloadBytes: Int(UInt32(truncatingIfNeeded: firstWord)),
            kind: UInt8(truncatingIfNeeded: firstWord >> 32),
            payloadChecksum: 0
        )
    }

    func matches(_ payload: UnsafeRawBufferPointer) -> Bool {
        JournalFormat.checksum(payload) == payloadChecksum
    }
}
