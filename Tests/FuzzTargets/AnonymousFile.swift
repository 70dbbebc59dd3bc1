internal import Glibc

/// A file without a name, for parsers that read files by their path.
final class AnonymousFile: Sendable {
    private let descriptor: Int32

    init() {
        // In memory where there is such a place: fuzzers write it thousands of times a second.
        let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(folder)/cmq-fuzz-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        precondition(descriptor >= 0, "no file in \(folder)")
        unlink(template)
    }

    convenience init(_ content: some Collection<UInt8>) {
        self.init()
        write(Array(content))
    }

    deinit {
        close(descriptor)
    }

    /// Opening it gives a description of its own, which begins at the first byte.
    var path: String { "/proc/self/fd/\(descriptor)" }

    func write(_ bytes: [UInt8]) {
        precondition(ftruncate(descriptor, 0) == 0)
        precondition(bytes.isEmpty || pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
    }

    func content() -> [UInt8] {
        var information = stat()
        precondition(fstat(descriptor, &information) == 0)
        return [UInt8](unsafeUninitializedCapacity: Int(information.st_size)) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }
}
