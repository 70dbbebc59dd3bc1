/// A byte offset in the journal's one continuous logical log. Always a multiple of 8 where a record begins.
package typealias JournalPosition = UInt64

/// A record as it lies in the log. The payload is valid only while the closure that received it runs,
/// or until the reader's next call.
package struct JournalRecord {
    package var position: JournalPosition
    /// What the caller chose in ``JournalBatch/append(kind:payloadSize:fill:)``.
    package var kind: UInt8
    package var payload: UnsafeRawBufferPointer

    /// Where the log goes on behind this record; the position for a checkpoint that includes it.
    package var nextPosition: JournalPosition {
        position + UInt64(RecordFormat.recordBytes(payload: payload.count))
    }
}
