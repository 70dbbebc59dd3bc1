/// What was found when a journal was opened.
package struct RecoveryReport: Sendable {
    /// Where the checkpoint stands that the state was taken from; nil where the log was read from its beginning.
    package var checkpointPosition: JournalPosition?
    /// Checkpoints that were passed over because they are damaged.
    package var skippedCheckpoints: [JournalError] = []
    /// The caller's records read after the checkpoint.
    package var recordCount = 0
    /// Where the log ends and new records go.
    package var endPosition: JournalPosition = 0
    /// The bytes of records behind the end that had begun and were never reported durable; they are gone.
    package var droppedBytes: UInt64 = 0
    /// The segment that ends the log, and the offset in it.
    package var endPath = ""
    package var endOffset: UInt64 = 0
    /// The segments in the directory, among them older ones that are kept for what lies in them.
    package var segments: [JournalSegmentInfo] = []
}
