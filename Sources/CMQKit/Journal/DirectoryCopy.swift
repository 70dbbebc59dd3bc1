/// Copies a journal's files into a directory of their own, byte for byte and synced.
struct DirectoryCopy {
    let layout: JournalLayout
    let fileSystem: any JournalFileSystem

    /// Everything but the lock, spare and unfinished files, of a journal that nobody writes.
    func all(to directory: String) throws(JournalError) {
        let target = try makeTarget(directory)
        let content = try layout.content(in: fileSystem)
        for base in content.segments { try copy(layout.segment(base), to: target.segment(base)) }
        for position in content.checkpoints { try copy(layout.checkpoint(position), to: target.checkpoint(position)) }
        if content.hasIdentity { try copy(layout.identity, to: target.identity) }
        try fileSystem.syncDirectory(directory)
    }

    /// Makes the directory, which must not hold a journal yet.
    func makeTarget(_ directory: String) throws(JournalError) -> JournalLayout {
        do { try fileSystem.makeDirectory(directory) } catch { throw .system("create the directory", directory, error) }
        let target = JournalLayout(directory: directory)
        let found = try target.content(in: fileSystem)
        guard found.segments.isEmpty, found.checkpoints.isEmpty, !found.hasIdentity else {
            throw JournalError(
                .targetExists,
                "there is a journal already",
                path: directory,
                remedy: "name a directory that does not exist yet"
            )
        }
        return target
    }

    func copy(_ path: String, to newPath: String) throws(JournalError) {
        let source = try JournalFile(path, .read, in: fileSystem)
        try copy(source, to: newPath, through: try source.size())
    }

    /// Copies a file's first `end` bytes.
    func copy(_ source: JournalFile, to newPath: String, through end: UInt64) throws(JournalError) {
        let target = try JournalFile(newPath, .create, in: fileSystem)
        try withZeroedBytes(Int(min(UInt64(JournalFormat.transferBytes), end))) { (buffer) throws(JournalError) in
            var offset: UInt64 = 0
            while offset < end {
                let part = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[..<Int(min(UInt64(buffer.count), end - offset))]
                )
                try source.read(into: part, at: offset)
                try target.write(UnsafeRawBufferPointer(part), at: offset)
                offset += UInt64(part.count)
            }
        }
        try target.sync()
    }
}
