internal import CMQCommand
internal import CMQSecrets
internal import Glibc

/// A file that grows at its end.
struct SpoolFile: Sendable {
    private let path: String
    private let descriptor: OwnedDescriptor
    /// Bytes that this process added.
    private(set) var size = 0

    init(_ path: String) throws(CommandFailure) {
        let number = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw .creating(FileError("create", path, errno: errno)) }
        self.path = path
        descriptor = OwnedDescriptor(number)
    }

    mutating func append(_ bytes: [UInt8]) throws(CommandFailure) {
        do throws(OutputDescriptor.Failure) {
            try OutputDescriptor(descriptor: descriptor.number).write(bytes)
        } catch {
            throw failure("write")
        }
        size += bytes.count
    }

    func sync() throws(CommandFailure) {
        guard fdatasync(descriptor.number) == 0 else { throw failure("sync") }
    }

    private func failure(_ operation: String) -> CommandFailure {
        CommandFailure(.inputOutput, FileError(operation, path, errno: errno).description)
    }
}
