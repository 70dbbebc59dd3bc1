/// An open file of the journal whose failures name path and offset; closed with its last reference.
final class JournalFile: Sendable {
    /// The name for messages; a file under a temporary name already carries its later one.
    let path: String
    private let descriptor: Int32
    private let fileSystem: any JournalFileSystem

    init(
        _ path: String,
        _ access: FileAccess,
        in fileSystem: any JournalFileSystem,
        laterNamed laterPath: String? = nil
    ) throws(JournalError) {
        self.path = laterPath ?? path
        self.fileSystem = fileSystem
        do {
            descriptor = try fileSystem.open(path, access)
        } catch {
            throw .system(access == .create ? "create" : "open", path, error)
        }
    }

    deinit {
        fileSystem.close(descriptor)
    }

    func size() throws(JournalError) -> UInt64 {
        do { return try fileSystem.size(descriptor) } catch { throw .system("read the size", path, error) }
    }

    /// Fills `buffer` as far as the file reaches and the rest with zeros; the count says how far it reached.
    @discardableResult
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(JournalError) -> Int {
        var count = 0
        do {
            while count < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                let read = try fileSystem.read(descriptor, into: rest, at: offset + UInt64(count))
                if read == 0 {
                    rest.initializeMemory(as: UInt8.self, repeating: 0)
                    break
                }
                count += read
            }
        } catch {
            throw .system("read", path, offset: offset + UInt64(count), error)
        }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(JournalError) {
        var count = 0
        do {
            while count < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
                count += try fileSystem.write(descriptor, rest, at: offset + UInt64(count))
            }
        } catch {
            throw .system("write", path, offset: offset + UInt64(count), error)
        }
    }

    func allocate(bytes: UInt64) throws(JournalError) {
        do { try fileSystem.allocate(descriptor, bytes: bytes) } catch { throw .system("reserve space", path, error) }
    }

    func syncData() throws(JournalError) {
        do { try fileSystem.synchronizeData(descriptor) } catch { throw .system("sync", path, error) }
    }

    func sync() throws(JournalError) {
        do { try fileSystem.synchronize(descriptor) } catch { throw .system("sync", path, error) }
    }

    func lock() throws(JournalError) -> Bool {
        do { return try fileSystem.lock(descriptor) } catch { throw .system("lock", path, error) }
    }
}
