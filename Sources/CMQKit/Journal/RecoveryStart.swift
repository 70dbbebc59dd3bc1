/// Where a replay begins: at the newest intact checkpoint from which every segment is there, or at the beginning.
struct RecoveryStart {
    var checkpoint: JournalCheckpoint?
    var skipped: [JournalError]

    var position: JournalPosition { checkpoint?.position ?? 0 }

    static func choose(
        _ content: JournalLayout.Content,
        journalID: JournalID,
        extents: [SegmentExtent],
        layout: JournalLayout,
        in fileSystem: any JournalFileSystem
    ) throws(JournalError) -> RecoveryStart {
        var start = RecoveryStart(checkpoint: nil, skipped: [])
        for position in content.checkpoints.reversed() {
            let path = layout.checkpoint(position)
            do throws(JournalError) {
                let checkpoint = try JournalCheckpoint(path, position: position, in: fileSystem)
                guard checkpoint.journalID == journalID else { throw .foreign(path: path) }
                start.checkpoint = checkpoint
            } catch {
                // Only damage is a reason to look further back; what cannot be read now may be readable later.
                guard error.code == .corruptCheckpoint else { throw error }
                start.skipped.append(error)
                continue
            }
            break
        }
        if let missing = gap(from: start.position, in: extents) {
            // The damaged checkpoint stood for segments that are gone: it is what has to be restored.
            if let skipped = start.skipped.first { throw skipped }
            throw .missingSegment(from: missing, path: layout.segment(missing))
        }
        return start
    }

    /// The first position from `start` on that no segment holds, up to the last segment there is.
    private static func gap(from start: JournalPosition, in extents: [SegmentExtent]) -> JournalPosition? {
        guard let first = extents.firstIndex(where: { $0.contains(start) }) else { return start }
        for (extent, next) in zip(extents[first...], extents[(first + 1)...]) where extent.end != next.base {
            return extent.end
        }
        return nil
    }
}
