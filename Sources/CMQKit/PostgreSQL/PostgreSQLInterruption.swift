internal import CLibPQ
internal import Glibc

/// Ends waits for the server from another thread.
package final class PostgreSQLInterruption: Sendable {
    let descriptor: Int32

    /// - Throws: ``PostgreSQLError/Kind/connection`` when the process has no file descriptor left.
    package init() throws(PostgreSQLError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw PostgreSQLError(.connection, "no file descriptor is left: \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
    }

    /// From now on every wait ends at once with ``PostgreSQLError/Kind/interrupted``, until ``clear()``.
    package func raise() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    package func clear() {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}
