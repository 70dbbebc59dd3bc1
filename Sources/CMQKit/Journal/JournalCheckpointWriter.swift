/// Takes a checkpoint's payload in pieces of any size.
package final class JournalCheckpointWriter {
    private let file: JournalFile
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: JournalFormat.transferBytes, alignment: 16)
    private var buffered = 0
    private var written: UInt64 = 0
    private var checksum: UInt32 = 0

    init(_ file: JournalFile) {
        self.file = file
    }

    deinit {
        buffer.deallocate()
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(JournalError) {
        var rest = bytes
        while !rest.isEmpty {
            if buffered == buffer.count { try flush() }
            let count = min(rest.count, buffer.count - buffered)
            UnsafeMutableRawBufferPointer(rebasing: buffer[buffered...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            buffered += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func finish(position: JournalPosition, journalID: JournalID) throws(JournalError) {
        try flush()
        let header = CheckpointHeader(
            position: position,
            payloadBytes: written,
            journalID: journalID,
            payloadChecksum: checksum
        )
        try header.write(to: file)
        try file.sync()
    }

    private func flush() throws(JournalError) {
        let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<buffered])
        checksum = JournalFormat.checksum(bytes, continuing: checksum)
        try file.write(bytes, at: UInt64(CheckpointHeader.bytes) + written)
        written += UInt64(buffered)
        buffered = 0
    }
}
