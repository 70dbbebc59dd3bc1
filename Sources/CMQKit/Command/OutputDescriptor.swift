internal import Glibc

/// An open file that data is written to, such as standard output.
package struct OutputDescriptor: Sendable {
    /// Why nothing more can be written.
    package enum Failure: Error, Equatable {
        /// The reader went away, which is its right; `accepted` bytes had been taken before.
        case closed(accepted: Int)
        /// The system's reason.
        case system(String)
    }

    package static let standardOutput = OutputDescriptor(descriptor: STDOUT_FILENO)

    package let descriptor: Int32

    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes all bytes, waiting where the reader is slow.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var offset = 0
        while offset < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
            if count >= 0 {
                offset += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: waitUntilWritable()
            case EPIPE: throw .closed(accepted: offset)
            default: throw .system(String(cString: strerror(errno)))
            }
        }
    }

    package func write(_ bytes: [UInt8]) throws(Failure) {
        // Typed throws do not pass through withUnsafeBytes.
        let result = bytes.withUnsafeBytes { bytes in Result { () throws(Failure) in try write(bytes) } }
        try result.get()
    }

    /// Bytes in a pipe that its reader has not taken yet; 0 for anything but a pipe.
    package var unreadBytes: Int {
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFIFO else { return 0 }
        var count: Int32 = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    /// Whether the reader of a pipe or socket went away.
    package var isClosed: Bool {
        var entry = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLERR | POLLNVAL) != 0
    }

    private func waitUntilWritable() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&entry, 1, -1)
    }
}
