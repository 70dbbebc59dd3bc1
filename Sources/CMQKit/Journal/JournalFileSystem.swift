internal import Glibc

/// A system call that failed.
package struct SystemCallError: Error, Hashable, Sendable {
    package var errno: Int32

    package init(errno: Int32) {
        self.errno = errno
    }

    static let noSuchFile = ENOENT

    var reason: String { String(cString: strerror(errno)) }
}

package enum FileAccess: Sendable {
    case read
    case readWrite
    /// Like ``read`` and ``readWrite``, for whole pages that are not wanted in memory: the page cache is left out where
    /// it can be.
    case readUncached
    case readWriteUncached
    /// Creates the file, or empties the one that is there.
    case create
    /// Like ``create``, past the page cache as well.
    case createUncached
    /// Opens the file, or creates an empty one.
    case openOrCreate

    /// Whether the file is empty afterwards.
    package var empties: Bool { self == .create || self == .createUncached }
    var isUncached: Bool { self == .readUncached || self == .readWriteUncached || self == .createUncached }
    /// Whether a file that is missing is made.
    package var creates: Bool { empties || self == .openOrCreate }
}

/// All that the journal asks of the operating system, so that tests can fail, shorten and forget each call.
///
/// Paths are passed on as they are; descriptors mean something to this object only.
package protocol JournalFileSystem: Sendable {
    func open(_ path: String, _ access: FileAccess) throws(SystemCallError) -> Int32
    func close(_ descriptor: Int32)
    func size(_ descriptor: Int32) throws(SystemCallError) -> UInt64
    /// May read less than asked for; 0 is the end of the file.
    func read(
        _ descriptor: Int32,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: UInt64
    ) throws(SystemCallError) -> Int
    /// May write less than asked for.
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(SystemCallError) -> Int
    /// Makes the file at least this long, with its space reserved where the file system can.
    func allocate(_ descriptor: Int32, bytes: UInt64) throws(SystemCallError)
    /// `fdatasync`
    func synchronizeData(_ descriptor: Int32) throws(SystemCallError)
    /// `fsync`
    func synchronize(_ descriptor: Int32) throws(SystemCallError)
    /// `fsync` of a directory, for the names in it.
    func synchronizeDirectory(_ path: String) throws(SystemCallError)
    func rename(_ path: String, to newPath: String) throws(SystemCallError)
    func unlink(_ path: String) throws(SystemCallError)
    func list(_ directory: String) throws(SystemCallError) -> [String]
    /// Makes the directory for its owner only; one that is there already is fine.
    func makeDirectory(_ path: String) throws(SystemCallError)
    /// The bytes that an unprivileged process can still use.
    func availableBytes(_ directory: String) throws(SystemCallError) -> UInt64
    /// Locks the file until the descriptor is closed; false when somebody else holds it.
    func lock(_ descriptor: Int32) throws(SystemCallError) -> Bool
}

extension JournalFileSystem {
    func syncDirectory(_ path: String) throws(JournalError) {
        do { try synchronizeDirectory(path) } catch { throw .system("sync the directory", path, error) }
    }

    func move(_ path: String, to newPath: String) throws(JournalError) {
        do { try rename(path, to: newPath) } catch { throw .system("rename to \(newPath)", path, error) }
    }

    func remove(_ path: String) throws(JournalError) {
        do { try unlink(path) } catch { throw .system("delete", path, error) }
    }
}
