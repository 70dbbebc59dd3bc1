/// The part of the log that one segment holds.
struct SegmentExtent: Hashable, Sendable {
    var base: JournalPosition
    /// Bytes of log; the file is longer by its header page.
    var capacity: UInt64

    /// The longest one: a record of the largest size that may be configured, with what belongs to it, and some room.
    private static let capacityMax: UInt64 = 1 << 31

    /// No log grows so far; below, nothing that is calculated with positions overflows.
    private static let baseMax: JournalPosition = 1 << 62

    /// Whether the numbers can be those of a segment. What was read from a file is asked before it is calculated with.
    var isPossible: Bool {
        let isAligned = (base | capacity) % UInt64(RecordFormat.alignment) == 0
        return isAligned && capacity <= Self.capacityMax && base <= Self.baseMax
    }

    var end: JournalPosition { base + capacity }
    var fileBytes: UInt64 { capacity + UInt64(SegmentHeader.bytes) }

    /// The offset of a position in the segment's file.
    func offset(of position: JournalPosition) -> UInt64 {
        position - base + UInt64(SegmentHeader.bytes)
    }

    func contains(_ position: JournalPosition) -> Bool {
        position >= base && position < end
    }

    /// Whether a record fits with an end record behind it: every segment that is left ends with one.
    func fits(_ recordBytes: Int, at position: JournalPosition) -> Bool {
        position + UInt64(recordBytes + RecordFormat.endBytes) <= end
    }

    /// The segment behind this one, large enough for a first record of this size.
    func successor(segmentBytes: Int, recordBytes: Int) -> SegmentExtent {
        SegmentExtent(base: end, capacity: UInt64(max(segmentBytes, recordBytes + RecordFormat.endBytes)))
    }
}
