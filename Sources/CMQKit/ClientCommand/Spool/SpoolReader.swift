internal import CMQCommand
internal import CMQSecrets
internal import CMQWire
internal import Glibc

/// Reads a segment from front to back, while it may still grow. What does not end with a line end, or
/// is no record, was being written in a crash: it was never sent, and is passed over.
struct SpoolReader {
    private static let chunkBytes = 256 << 10

    /// The number of the segment.
    let segment: Int
    private var position = 0
    private var buffer: [UInt8] = []
    private var offset = 0

    init(segment: Int = 0) {
        self.segment = segment
    }

    /// The next record and its length in bytes; `nil` where the file ends for now.
    mutating func next(in path: String) throws(CommandFailure) -> (SpoolRecord, bytes: Int)? {
        while true {
            while let end = lineEnd() {
                let start = offset
                offset = end + 1
                let record = buffer.withUnsafeBytes { bytes in
                    SpoolRecord(line: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                }
                if let record { return (record, end + 1 - start) }
            }
            guard try readMore(path) else { return nil }
        }
    }

    /// The whole lines of a list of identities.
    static func identities(in path: String) throws(CommandFailure) -> Set<MessageID> {
        var reader = SpoolReader()
        var identities: Set<MessageID> = []
        repeat {
            while let end = reader.lineEnd() {
                let id = reader.buffer.withUnsafeBytes { bytes in
                    MessageID(utf8: UnsafeRawBufferPointer(rebasing: bytes[reader.offset..<end]))
                }
                if let id { identities.insert(id) }
                reader.offset = end + 1
            }
        } while try reader.readMore(path)
        return identities
    }

    private func lineEnd() -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard offset < bytes.count, let base = bytes.baseAddress else { return nil }
            return memchr(base + offset, 0x0A, bytes.count - offset).map { UnsafeRawPointer($0) - base }
        }
    }

    private mutating func readMore(_ path: String) throws(CommandFailure) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return false }
            throw .reading(FileError("read", path, errno: errno))
        }
        defer { close(descriptor) }
        var count = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { room, initialized in
            count = pread(descriptor, room.baseAddress, Self.chunkBytes, position)
            initialized = max(0, count)
        }
        guard count >= 0 else { throw .reading(FileError("read", path, errno: errno)) }
        position += count
        buffer.removeFirst(offset)
        buffer.append(contentsOf: chunk)
        offset = 0
        return count > 0
    }
}
