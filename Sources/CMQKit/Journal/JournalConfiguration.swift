/// Where a journal lies and what it may use. Sizes are in bytes.
package struct JournalConfiguration: Sendable {
    package var directory: String
    /// The log area of a segment; a record that is larger gets a segment of its own size.
    package var segmentBytes = 64 << 20
    /// The largest payload of one record.
    package var recordBytesMax = 32 << 20
    /// How much may be committed and not yet durable before no new batch is begun.
    package var inFlightBytesMax = 64 << 20
    /// How many prepared or retired segment files are kept for reuse.
    package var spareSegments = 2
    /// Files are not prepared while segments are filled faster than this, one after the other: the disk is then better
    /// used for what is to be kept.
    package var spareInterval: Duration = .milliseconds(250)
    /// Batches are refused while the file system has less free space than this.
    package var lowWaterBytes: UInt64 = 256 << 20
    /// The size of the shared memory areas that records are built in.
    package var chunkBytes = 2 << 20
    /// How much of the newest log stays in memory for readers that follow it; shared with who keeps chunks anyway.
    package var recentBytesMax = 32 << 20
    /// How long nothing may happen before a closing sync mark is written.
    package var idleMarkDelay: Duration = .milliseconds(50)

    package init(directory: String) {
        self.directory = directory
    }

    func validate() throws(JournalError) {
        try require(
            (256...(1 << 30)).contains(segmentBytes) && segmentBytes % 8 == 0,
            "the segment size must be a multiple of 8 between 256 bytes and 1 GiB"
        )
        try require((1...(1 << 30)).contains(recordBytesMax), "the record limit must lie between 1 byte and 1 GiB")
        try require(inFlightBytesMax > 0, "the limit of bytes in flight must be positive")
        try require((0...64).contains(spareSegments), "the number of spare segments must lie between 0 and 64")
        try require((256...(1 << 30)).contains(chunkBytes), "the chunk size must lie between 256 bytes and 1 GiB")
        try require(idleMarkDelay >= .zero, "the idle delay must not be negative")
    }

    private func require(_ condition: Bool, _ rule: String) throws(JournalError) {
        guard condition else {
            throw JournalError(
                .invalidConfiguration,
                "the journal's configuration is invalid: \(rule)",
                path: directory,
                remedy: "correct the journal's settings in the configuration"
            )
        }
    }
}
