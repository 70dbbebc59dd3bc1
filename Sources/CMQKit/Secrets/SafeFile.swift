public import Glibc

/// Files whose content matters more than their speed: created with the right mode from
/// the first byte, durable before the call returns, never half written under their name.
public enum SafeFile {
    /// What happens when the name is taken.
    public enum Existing: Sendable {
        /// Throws with ``FileError/isExisting``.
        case refuse
        /// Replaces the file in one step; a crash leaves the old one or the new one.
        case replace
    }

    /// Writes `bytes` as a new file with `mode`, synced together with its directory.
    ///
    /// - Throws: ``FileError``; no file is left behind then.
    public static func write(
        _ bytes: UnsafeRawBufferPointer,
        to path: String,
        mode: mode_t,
        existing: Existing = .refuse
    ) throws(FileError) {
        let temporary = "\(path).\(getpid()).new"
        let written = existing == .refuse ? path : temporary
        if existing == .replace {
            // A leftover of a crashed process with the same number would make O_EXCL fail.
            unlink(temporary)
        }
        let descriptor = open(written, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw FileError("create", path, errno: errno) }
        do throws(FileError) {
            // The umask may have taken bits away, but must not add any.
            guard fchmod(descriptor, mode) == 0 else { throw FileError("set the mode of", path, errno: errno) }
            try writeAll(bytes, to: descriptor, path: path)
            guard fsync(descriptor) == 0 else { throw FileError("sync", path, errno: errno) }
        } catch {
            close(descriptor)
            unlink(written)
            throw error
        }
        guard close(descriptor) == 0 else {
            let code = errno
            unlink(written)
            throw FileError("close", path, errno: code)
        }
        if existing == .replace, rename(temporary, path) != 0 {
            let code = errno
            unlink(temporary)
            throw FileError("replace", path, errno: code)
        }
        try syncDirectory(of: path)
    }

    /// Writes text as UTF-8; see ``write(_:to:mode:existing:)-(UnsafeRawBufferPointer,_,_,_)``.
    public static func write(
        _ text: String,
        to path: String,
        mode: mode_t,
        existing: Existing = .refuse
    ) throws(FileError) {
        var text = text
        let result = text.withUTF8 { utf8 in
            Result { () throws(FileError) in
                try write(UnsafeRawBufferPointer(utf8), to: path, mode: mode, existing: existing)
            }
        }
        try result.get()
    }

    /// Reads a whole file of at most `limit` bytes into wiped memory.
    ///
    /// - Throws: ``FileError``, also when the file is longer than `limit`.
    public static func readSecret(at path: String, limit: Int) throws(FileError) -> SecretBytes {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("read", path, errno: errno) }
        defer { close(descriptor) }
        return try readSecret(from: descriptor, name: path, limit: limit)
    }

    /// Reads an open file, such as standard input, to its end into wiped memory.
    ///
    /// - Parameters:
    ///   - descriptor: Stays open.
    ///   - name: Stands for the path in an error: `standard input`.
    ///   - limit: The most bytes that are accepted.
    /// - Throws: ``FileError``, also when more than `limit` bytes come.
    public static func readSecret(
        from descriptor: Int32,
        name: String,
        limit: Int
    ) throws(FileError) -> SecretBytes {
        // One byte more than allowed tells a file at the limit from one beyond it.
        var length = 0
        let buffer = try SecretBytes(count: limit + 1) { (bytes) throws(FileError) in
            while length < bytes.count {
                let count = Glibc.read(descriptor, bytes.baseAddress?.advanced(by: length), bytes.count - length)
                if count < 0 {
                    if errno == EINTR { continue }
                    throw FileError("read", name, errno: errno)
                }
                if count == 0 { break }
                length += count
            }
        }
        guard length <= limit else { throw FileError("read", name, reason: "it is longer than \(limit) bytes") }
        return buffer.withUnsafeBytes { bytes in
            SecretBytes(copying: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        }
    }

    /// The permission bits of a file, for warnings about keys that others can read.
    ///
    /// - Throws: ``FileError``.
    public static func permissions(at path: String) throws(FileError) -> mode_t {
        var information = stat()
        guard stat(path, &information) == 0 else { throw FileError("read", path, errno: errno) }
        return information.st_mode & 0o7777
    }

    /// Makes the directory entry of `path` durable.
    ///
    /// - Throws: ``FileError``.
    public static func syncDirectory(of path: String) throws(FileError) {
        let directory: String
        if let slash = path.lastIndex(of: "/") {
            directory = slash == path.startIndex ? "/" : String(path[..<slash])
        } else {
            directory = "."
        }
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", directory, errno: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("sync", directory, errno: errno) }
    }

    private static func writeAll(
        _ bytes: UnsafeRawBufferPointer,
        to descriptor: Int32,
        path: String
    ) throws(FileError) {
        var offset = 0
        while offset < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path, errno: errno)
            }
            offset += count
        }
    }
}
