/// The first bytes of a checkpoint's file.
struct CheckpointHeader {
    static let bytes = 64
    /// "CMQJCKP\n" read as a little-endian integer.
    private static let magic: UInt64 = 0x0A50_4B43_4A51_4D43
    private static let checksumOffset = 60

    var position: JournalPosition
    var payloadBytes: UInt64
    var journalID: JournalID
    var payloadChecksum: UInt32

    func write(to file: JournalFile) throws(JournalError) {
        try withZeroedBytes(Self.bytes) { (buffer) throws(JournalError) in
            buffer.store(Self.magic, at: 0)
            buffer.store(JournalFormat.version, at: 8)
            buffer.store(position, at: 16)
            buffer.store(payloadBytes, at: 24)
            buffer.store(journalID, at: 32)
            buffer.store(payloadChecksum, at: 48)
            buffer.seal(at: Self.checksumOffset)
            try file.write(UnsafeRawBufferPointer(buffer), at: 0)
        }
    }

    static func read(from file: JournalFile, position: JournalPosition) throws(JournalError) -> CheckpointHeader {
        try withZeroedBytes(bytes) { (buffer) throws(JournalError) in
            try file.read(into: buffer, at: 0)
            let buffer = UnsafeRawBufferPointer(buffer)
            guard buffer.integer(UInt64.self, at: 0) == magic, buffer.isSealed(at: checksumOffset) else {
                throw .corruptCheckpoint("its header is wrong", path: file.path, offset: 0)
            }
            let version = buffer.integer(UInt32.self, at: 8)
            guard version == JournalFormat.version else { throw .unsupportedVersion(version, path: file.path) }
            let header = CheckpointHeader(
                position: buffer.integer(at: 16),
                payloadBytes: buffer.integer(at: 24),
                journalID: buffer.journalID(at: 32),
                payloadChecksum: buffer.integer(at: 48)
            )
            guard header.position == position else {
                throw .corruptCheckpoint("its name and header disagree", path: file.path, offset: 16)
            }
            // A search for records behind it would pass by all of them.
            guard position % UInt64(RecordFormat.alignment) == 0 else {
                throw .corruptCheckpoint("no record can begin at its position", path: file.path, offset: 16)
            }
            let fileBytes = header.payloadBytes.addingReportingOverflow(UInt64(bytes))
            guard !fileBytes.overflow, try file.size() == fileBytes.partialValue else {
                throw .corruptCheckpoint("its length is wrong", path: file.path, offset: 24)
            }
            return header
        }
    }
}

/// A checkpoint whose checksum was verified, read in sequence.
package final class JournalCheckpoint {
    /// The log position whose state this is.
    package let position: JournalPosition
    package let payloadBytes: UInt64
    let journalID: JournalID
    private let file: JournalFile
    private var offset: UInt64 = 0

    init(
        _ path: String,
        position: JournalPosition,
        in fileSystem: any JournalFileSystem
    ) throws(JournalError) {
        file = try JournalFile(path, .read, in: fileSystem)
        let header = try CheckpointHeader.read(from: file, position: position)
        self.position = position
        payloadBytes = header.payloadBytes
        journalID = header.journalID
        // All of it before anything is handed over: what a caller has taken in cannot be taken back.
        var checksum: UInt32 = 0
        let bufferBytes = Int(min(UInt64(JournalFormat.transferBytes), payloadBytes))
        try withZeroedBytes(bufferBytes) { (buffer) throws(JournalError) in
            while true {
                let count = try read(into: buffer)
                if count == 0 { break }
                let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
                checksum = JournalFormat.checksum(bytes, continuing: checksum)
            }
        }
        guard checksum == header.payloadChecksum else {
            throw .corruptCheckpoint(
                "its content has a wrong checksum",
                path: path,
                offset: UInt64(CheckpointHeader.bytes)
            )
        }
        offset = 0
    }

    /// Fills `buffer` with the next bytes and returns their number, 0 at the end.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(JournalError) -> Int {
        let count = Int(min(UInt64(buffer.count), payloadBytes - offset))
        guard count > 0 else { return 0 }
        let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        guard try file.read(into: target, at: UInt64(CheckpointHeader.bytes) + offset) == count else {
            throw .corruptCheckpoint("it ends early", path: file.path, offset: offset)
        }
        offset += UInt64(count)
        return count
    }

    /// All that is left to read.
    package func readAll() throws(JournalError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(payloadBytes - offset))
        var result: Result<Void, JournalError> = .success(())
        bytes.withUnsafeMutableBytes { buffer in
            do throws(JournalError) {
                _ = try read(into: buffer)
            } catch {
                result = .failure(error)
            }
        }
        try result.get()
        return bytes
    }
}
