internal import Glibc

/// The real file system.
package struct LocalFileSystem: JournalFileSystem {
    package init() {}

    /// `O_DIRECT`, which the C library shows to GNU sources only.
    #if arch(arm64) || arch(arm)
    private static let direct: Int32 = 0o200000
    #else
    private static let direct: Int32 = 0o40000
    #endif

    package func open(_ path: String, _ access: FileAccess) throws(SystemCallError) -> Int32 {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .readUncached: O_RDONLY | Self.direct
            case .readWriteUncached: O_RDWR | Self.direct
            case .create: O_RDWR | O_CREAT | O_TRUNC
            case .createUncached: O_RDWR | O_CREAT | O_TRUNC | Self.direct
            case .openOrCreate: O_RDWR | O_CREAT
            }
        do {
            return try open(path, flags)
        } catch {
            // Not every file system can do without its cache.
            guard access.isUncached, error.errno == EINVAL else { throw error }
            return try open(path, flags & ~Self.direct)
        }
    }

    private func open(_ path: String, _ flags: Int32) throws(SystemCallError) -> Int32 {
        try retrying { Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600) }
    }

    package func close(_ descriptor: Int32) {
        // A child between fork and exec shares the file: its lock is given up here, not when the child lets go.
        flock(descriptor, LOCK_UN)
        Glibc.close(descriptor)
    }

    package func size(_ descriptor: Int32) throws(SystemCallError) -> UInt64 {
        var information = stat()
        _ = try retrying { fstat(descriptor, &information) }
        return UInt64(information.st_size)
    }

    package func read(
        _ descriptor: Int32,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(SystemCallError) -> Int {
        try cachingWhereNecessary(descriptor) { pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
    }

    package func write(
        _ descriptor: Int32,
        _ bytes: UnsafeRawBufferPointer,
        at offset: UInt64
    ) throws(SystemCallError) -> Int {
        try cachingWhereNecessary(descriptor) { pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) }
    }

    /// Makes a call once more, and all later ones, through the page cache where they cannot do without it: pages may be
    /// larger than the ones that are read and written, and a file may end within one.
    private func cachingWhereNecessary(_ descriptor: Int32, _ call: () -> Int) throws(SystemCallError) -> Int {
        do {
            return try retrying(call)
        } catch {
            let flags = fcntl(descriptor, F_GETFL)
            guard error.errno == EINVAL, flags >= 0, flags & Self.direct != 0 else { throw error }
            _ = try retrying { fcntl(descriptor, F_SETFL, flags & ~Self.direct) }
            return try retrying(call)
        }
    }

    package func allocate(_ descriptor: Int32, bytes: UInt64) throws(SystemCallError) {
        // Where the file system cannot reserve, the C library writes to each block instead.
        while true {
            let code = posix_fallocate(descriptor, 0, off_t(bytes))
            if code == 0 { return }
            if code != EINTR { throw SystemCallError(errno: code) }
        }
    }

    package func synchronizeData(_ descriptor: Int32) throws(SystemCallError) {
        guard fdatasync(descriptor) == 0 else { throw SystemCallError(errno: errno) }
    }

    package func synchronize(_ descriptor: Int32) throws(SystemCallError) {
        guard fsync(descriptor) == 0 else { throw SystemCallError(errno: errno) }
    }

    package func synchronizeDirectory(_ path: String) throws(SystemCallError) {
        let descriptor = try retrying { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { Glibc.close(descriptor) }
        try synchronize(descriptor)
    }

    package func rename(_ path: String, to newPath: String) throws(SystemCallError) {
        _ = try retrying { Glibc.rename(path, newPath) }
    }

    package func unlink(_ path: String) throws(SystemCallError) {
        _ = try retrying { Glibc.unlink(path) }
    }

    package func list(_ directory: String) throws(SystemCallError) -> [String] {
        guard let stream = opendir(directory) else { throw SystemCallError(errno: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw SystemCallError(errno: errno) }
                return names
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    package func makeDirectory(_ path: String) throws(SystemCallError) {
        guard mkdir(path, 0o700) != 0 else { return }
        guard errno == EEXIST else { throw SystemCallError(errno: errno) }
    }

    package func availableBytes(_ directory: String) throws(SystemCallError) -> UInt64 {
        var information = statvfs()
        _ = try retrying { statvfs(directory, &information) }
        return UInt64(information.f_bavail) * UInt64(information.f_frsize)
    }

    package func lock(_ descriptor: Int32) throws(SystemCallError) -> Bool {
        do {
            _ = try retrying { flock(descriptor, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            guard error.errno == EWOULDBLOCK else { throw error }
            return false
        }
    }

    private func retrying<Count: SignedInteger>(_ call: () -> Count) throws(SystemCallError) -> Count {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { throw SystemCallError(errno: errno) }
        }
    }
}
