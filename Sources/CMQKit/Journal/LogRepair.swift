/// Makes the end that a replay found a durable one, but for the directory, which is the caller's to sync.
struct LogRepair {
    let log: LogReplay
    let fileSystem: any JournalFileSystem

    func run() throws(JournalError) {
        let last = log.segments[log.index]
        let isShort = try last.file.size() < last.extent.fileBytes
        if isShort { try last.file.allocate(bytes: last.extent.fileBytes) }
        // Records behind the end would become part of the log again once new ones reach them.
        if log.tornThrough > log.position {
            let count = Int(min(UInt64(JournalFormat.transferBytes), log.tornThrough - log.position))
            try withZeroedBytes(count) { (zeros) throws(JournalError) in
                try transfer(from: log.position, to: log.tornThrough, in: last, through: zeros, isCopy: false)
            }
        }
        try rewriteUnproven()
        if isShort { try last.file.sync() } else { try last.file.syncData() }
        // Made for the record that closes its predecessor; the next such record makes it anew.
        guard log.index + 1 < log.segments.count else { return }
        for segment in log.segments[(log.index + 1)...] { try fileSystem.remove(segment.file.path) }
    }

    /// Writes what no sync mark vouches for once more: after a failed sync the page cache may show bytes as clean
    /// that never reached the disk, and a sync of clean pages proves nothing.
    private func rewriteUnproven() throws(JournalError) {
        let unproven = log.position - min(log.provenThrough, log.position)
        try withZeroedBytes(Int(min(UInt64(JournalFormat.transferBytes), unproven))) { (buffer) throws(JournalError) in
            for segment in log.segments[...log.index] where segment.extent.end > log.provenThrough {
                let start = max(log.provenThrough, segment.extent.base)
                let end = min(log.position, segment.extent.end)
                guard start < end else { continue }
                try transfer(from: start, to: end, in: segment, through: buffer, isCopy: true)
                if segment.extent.end <= log.position { try segment.file.syncData() }
            }
        }
    }

    private func transfer(
        from start: JournalPosition,
        to end: JournalPosition,
        in segment: JournalRecovery.Segment,
        through buffer: UnsafeMutableRawBufferPointer,
        isCopy: Bool
    ) throws(JournalError) {
        var position = start
        while position < end {
            let part = UnsafeMutableRawBufferPointer(
                rebasing: buffer[..<Int(min(UInt64(buffer.count), end - position))]
            )
            let offset = segment.extent.offset(of: position)
            if isCopy { try segment.file.read(into: part, at: offset) }
            try segment.file.write(UnsafeRawBufferPointer(part), at: offset)
            position += UInt64(part.count)
        }
    }
}
