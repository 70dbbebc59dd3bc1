/// Counters since the journal was started.
package struct JournalStatistics: Sendable {
    /// Groups that were written and synced together.
    package var groups = 0
    package var syncs = 0
    package var bytesWritten = 0
    package var spareSegments = 0
    /// Why a segment could not be deleted, recycled or prepared last; it costs space or speed, never data.
    package var housekeepingError: JournalError?
}
