/// `[journal]`: the durable log.
package struct JournalSettings: Sendable {
    package var directory: String?
    package var segmentBytes = 64 << 20
    package var checkpointBytes = 256 << 20
    package var projectionLagBytes = 1 << 30

    /// The name of the journal's directory in the data directory.
    static let defaultName = "journal"

    static let schema: [Setting] = [
        .optionalPath(
            .journal,
            "directory",
            \.journal.directory,
            .makes,
            defaultText: "`\(defaultName)` in the data directory",
            "Where the journal's segments lie. Made with mode 0700 when missing."
        ),
        .size(
            .journal,
            "segment_bytes",
            \.journal.segmentBytes,
            in: (1 << 20)...(4 << 30),
            "The size of one segment file; a segment is deleted when everything in it is finished."
        ),
        .size(
            .journal,
            "checkpoint_bytes",
            \.journal.checkpointBytes,
            in: (1 << 20)...(1 << 44),
            "A checkpoint is written after so many bytes of journal; it bounds the time of a restart."
        ),
        .size(
            .journal,
            "projection_lag_bytes",
            \.journal.projectionLagBytes,
            in: (1 << 20)...(1 << 44),
            "How far the catalog may be behind the journal, for example while its database is away, before commands "
                + "wait until it has caught up."
        ),
    ]
}
