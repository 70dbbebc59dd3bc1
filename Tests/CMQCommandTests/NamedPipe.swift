import CMQCommand
import Foundation
import Glibc

/// A pipe with a name, held open by the test: whoever reads it neither waits for a writer nor meets an end.
final class NamedPipe: Sendable {
    let path: String
    private let descriptor: Int32

    init(_ path: String) throws {
        self.path = path
        guard mkfifo(path, 0o600) == 0 else { throw CommandFailure(.cannotCreate, "no pipe at \(path)") }
        descriptor = Glibc.open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFailure(.noInput, "cannot open the pipe at \(path)") }
    }

    deinit {
        close(descriptor)
    }

    func write(_ text: String) throws {
        try OutputDescriptor(descriptor: descriptor).write(Array(text.utf8))
    }

    /// How much nobody has read.
    var unreadBytes: Int { OutputDescriptor(descriptor: descriptor).unreadBytes }

    /// Takes what nobody has read.
    func readRest() -> String {
        var bytes = [UInt8](repeating: 0, count: unreadBytes)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
