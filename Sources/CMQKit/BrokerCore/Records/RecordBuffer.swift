internal import CMQWire

/// Records as the journal keeps them, one behind the other in memory that is used again.
package struct RecordBuffer: Sendable {
    package struct Entry: Sendable {
        package let kind: BrokerRecord.Kind
        fileprivate let start: Int
        fileprivate let end: Int

        /// The record's bytes. What belongs behind those of ``BrokerRecord/Kind/published`` is the envelope and a
        /// line end.
        package var count: Int { end - start }
    }

    package private(set) var entries: [Entry] = []
    // All of it may be written; `used` says how much was.
    private var bytes: [UInt8] = []
    private var used = 0

    package var isEmpty: Bool { entries.isEmpty }

    /// Copies the bytes of a record to `target`.
    package func copy(_ entry: Entry, to target: UnsafeMutableRawPointer) {
        bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            target.copyMemory(from: base + entry.start, byteCount: entry.count)
        }
    }

    package mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        used = 0
    }

    /// The records once more as values: for what is not on every message's way.
    package var records: [BrokerRecord] { entries.map(record) }

    package func record(_ entry: Entry) -> BrokerRecord {
        bytes.withUnsafeBytes { source in
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: source[entry.start..<entry.end]))
            do throws(RecordError) {
                return try BrokerRecord(kind: entry.kind, from: &reader)
            } catch {
                preconditionFailure("a record that was just encoded cannot be read: \(error)")
            }
        }
    }

    // MARK: Writing

    mutating func append(_ record: BrokerRecord) {
        switch record {
        case .published(let record): append(published: record)
        default: append(record.kind, size: record.encodedSize) { record.encode(into: &$0) }
        }
    }

    // The three that each message has: wrapping them in a BrokerRecord first would cost more than encoding them.

    mutating func append(published record: PublishedRecord) {
        append(.published, size: record.encodedSize + record.id.count + 1) { writer in
            record.encode(into: &writer)
            writer.putLineStart(record.id)
        }
    }

    mutating func append(delivered record: CopyRecord, attempt: UInt16) {
        append(.delivered, size: MemoryLayout.size(ofValue: attempt) + record.encodedSize) { writer in
            writer.put(attempt)
            record.encode(into: &writer)
        }
    }

    mutating func append(acknowledged record: CopyRecord) {
        append(.acknowledged, size: record.encodedSize) { record.encode(into: &$0) }
    }

    private mutating func append(_ kind: BrokerRecord.Kind, size: Int, fill: (inout RecordWriter) -> Void) {
        let missing = used + size - bytes.count
        if missing > 0 { bytes.append(contentsOf: [UInt8](repeating: 0, count: max(missing, bytes.count, 4_096))) }
        bytes.withUnsafeMutableBytes { target in
            var writer = RecordWriter(UnsafeMutableRawBufferPointer(rebasing: target[used..<(used + size)]))
            fill(&writer)
            precondition(writer.isFull, "a record is not as long as its size says")
        }
        entries.append(Entry(kind: kind, start: used, end: used + size))
        used += size
    }
}
