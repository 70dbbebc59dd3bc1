package import CMQCommand
internal import CMQSecrets
package import CMQWire
internal import Glibc

/// A file of JSON lines that holds each message once, whatever happened to the process that wrote it.
///
/// A message is acknowledged only after its line is on disk, so every line that a crash cut off
/// belongs to a message that will come again; and the identities in the file tell which of those that
/// come again are there.
package final class OutputFile {
    package let path: String
    private let owner: OwnedDescriptor
    private var descriptor: Int32 { owner.number }
    /// The identities in the file.
    package private(set) var identities = RecentMessages(countMax: nil)
    /// What was done about the end of the file: for standard error.
    package private(set) var repair: String?
    /// How many messages were there when it was opened.
    package private(set) var count = 0

    /// Opens or creates a file, and takes it for this process alone.
    ///
    /// - Throws: ``CommandFailure`` when another process has it, or it is something else.
    package init(path: String) throws(CommandFailure) {
        self.path = path
        let isNew = access(path, F_OK) != 0
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .creating(FileError("open", path, errno: errno)) }
        owner = OwnedDescriptor(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandFailure(
                .temporaryFailure,
                "another cmq-recv writes to \(path)",
                hint: "end it, or choose another file"
            )
        }
        if isNew { try Self.syncDirectory(path) }
        try scan()
        // A process that was killed before its sync left lines that may not be on disk; their messages are
        // acknowledged as soon as they come again.
        if count > 0 { try sync() }
    }

    /// Appends lines and makes them durable.
    package func append(_ lines: [UInt8], _ messages: some Collection<MessageID>) throws(CommandFailure) {
        do throws(OutputDescriptor.Failure) {
            try OutputDescriptor(descriptor: descriptor).write(lines)
        } catch {
            throw failure("write")
        }
        try sync()
        for id in messages { identities.insert(id) }
        count += messages.count
    }

    private func sync() throws(CommandFailure) {
        guard fdatasync(descriptor) == 0 else { throw failure("sync") }
    }

    /// Reads all lines, and mends an end that a crash left.
    private func scan() throws(CommandFailure) {
        var buffer: [UInt8] = []
        var position = 0
        var lineStart = 0
        var number = 0
        while true {
            var length = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: 256 << 10) { room, initialized in
                length = pread(descriptor, room.baseAddress, 256 << 10, position)
                initialized = max(0, length)
            }
            guard length >= 0 else { throw failure("read") }
            guard length > 0 else { break }
            position += length
            buffer += chunk
            var offset = 0
            while let end = buffer[offset...].firstIndex(of: UInt8(ascii: "\n")) {
                number += 1
                guard let id = Self.identity(buffer[offset..<end]) else {
                    // A hole of zeros is where the disk did not get what was written before a power cut;
                    // all that follows was not synced either, and is not acknowledged.
                    if buffer[offset..<end].contains(0) { return try cut(at: lineStart) }
                    guard buffer[offset..<end].allSatisfy({ $0 == 0x20 || $0 == 0x0D }) else { throw foreign(number) }
                    lineStart += end + 1 - offset
                    offset = end + 1
                    continue
                }
                identities.insert(id)
                count += 1
                lineStart += end + 1 - offset
                offset = end + 1
            }
            buffer.removeFirst(offset)
        }
        guard !buffer.isEmpty else { return }
        if let id = Self.identity(buffer[...]) {
            identities.insert(id)
            count += 1
            repair = "\(path): the last line had no end; it has one now"
            try append([UInt8(ascii: "\n")], EmptyCollection<MessageID>())
        } else if number > 0 || buffer.first == UInt8(ascii: "{") || buffer.contains(0) {
            try cut(at: lineStart)
        } else {
            throw foreign(1)
        }
    }

    private func cut(at end: Int) throws(CommandFailure) {
        guard ftruncate(descriptor, end) == 0, fsync(descriptor) == 0 else { throw failure("cut") }
        repair = "\(path): a line that was cut off by a crash is removed; its message comes again"
    }

    /// The `message_id` of a whole record.
    private static func identity(_ line: ArraySlice<UInt8>) -> MessageID? {
        line.withUnsafeBytes { line in
            var id: MessageID?
            do throws(JSONError) {
                try JSONObjectScanner.scan(line) { name, value in
                    if name.equals("message_id") { id = JSONString.decode(value).flatMap { MessageID($0) } }
                }
            } catch {
                return nil
            }
            return id
        }
    }

    private func foreign(_ line: Int) -> CommandFailure {
        CommandFailure(
            .dataError,
            "\(path) line \(line) is not a received message",
            hint: "choose a file that cmq-recv wrote, or a new one"
        )
    }

    private func failure(_ operation: String) -> CommandFailure {
        CommandFailure(.inputOutput, FileError(operation, path, errno: errno).description)
    }

    private static func syncDirectory(_ path: String) throws(CommandFailure) {
        do throws(FileError) {
            try SafeFile.syncDirectory(of: path)
        } catch {
            throw CommandFailure(.inputOutput, error.description)
        }
    }
}
