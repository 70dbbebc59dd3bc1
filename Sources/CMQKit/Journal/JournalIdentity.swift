/// The small file that says that a journal exists here, so that a directory without segments is a loss and not a
/// beginning.
enum JournalIdentity {
    private static let bytes = 48
    /// "CMQJOUR\n" read as a little-endian integer.
    private static let magic: UInt64 = 0x0A52_554F_4A51_4D43
    private static let checksumOffset = bytes - 4

    static func read(_ path: String, in fileSystem: any JournalFileSystem) throws(JournalError) -> JournalID {
        let file = try JournalFile(path, .read, in: fileSystem)
        return try withZeroedBytes(bytes) { (buffer) throws(JournalError) in
            try file.read(into: buffer, at: 0)
            let buffer = UnsafeRawBufferPointer(buffer)
            guard buffer.integer(UInt64.self, at: 0) == magic, buffer.isSealed(at: checksumOffset) else {
                throw JournalError(
                    .corruptIdentity,
                    "the journal's identity file is damaged",
                    path: path,
                    offset: 0,
                    remedy: "restore the file; if the segments are intact it may also be deleted and is made anew"
                )
            }
            let version = buffer.integer(UInt32.self, at: 8)
            guard version == JournalFormat.version else { throw .unsupportedVersion(version, path: path) }
            return buffer.journalID(at: 16)
        }
    }

    static func write(
        _ id: JournalID,
        layout: JournalLayout,
        in fileSystem: any JournalFileSystem
    ) throws(JournalError) {
        let temporary = layout.temporary(for: layout.identity)
        let file = try JournalFile(temporary, .create, in: fileSystem, laterNamed: layout.identity)
        try withZeroedBytes(bytes) { (buffer) throws(JournalError) in
            buffer.store(magic, at: 0)
            buffer.store(JournalFormat.version, at: 8)
            buffer.store(id, at: 16)
            buffer.seal(at: checksumOffset)
            try file.write(UnsafeRawBufferPointer(buffer), at: 0)
        }
        try file.sync()
        try fileSystem.move(temporary, to: layout.identity)
        try fileSystem.syncDirectory(layout.directory)
    }
}
