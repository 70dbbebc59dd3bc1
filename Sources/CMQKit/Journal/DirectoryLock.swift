internal import Glibc

/// Keeps a second broker out of the directory; the kernel lets go of it with the process, whatever ends it.
final class DirectoryLock: Sendable {
    private let file: JournalFile

    init(_ layout: JournalLayout, in fileSystem: any JournalFileSystem) throws(JournalError) {
        file = try JournalFile(layout.lock, .openOrCreate, in: fileSystem)
        guard try file.lock() else {
            let holder = Self.holder(in: file)
            throw JournalError(
                .locked,
                "the journal is in use" + (holder.map { " by process \($0)" } ?? ""),
                path: layout.lock,
                remedy: "stop the other broker, or give this one a data directory of its own"
            )
        }
        // Only for that message: padded so that a shorter number hides a longer one.
        var text = String(getpid())
        text += String(repeating: " ", count: max(0, 15 - text.utf8.count)) + "\n"
        var result: Result<Void, JournalError> = .success(())
        text.withUTF8 { bytes in
            do throws(JournalError) {
                try file.write(UnsafeRawBufferPointer(bytes), at: 0)
            } catch {
                result = .failure(error)
            }
        }
        try result.get()
    }

    private static func holder(in file: JournalFile) -> Int32? {
        let number = try? withZeroedBytes(16) { (buffer) throws(JournalError) in
            try file.read(into: buffer, at: 0)
            return Int32(String(decoding: buffer.prefix { (0x30...0x39).contains($0) }, as: UTF8.self))
        }
        return number ?? nil
    }
}
