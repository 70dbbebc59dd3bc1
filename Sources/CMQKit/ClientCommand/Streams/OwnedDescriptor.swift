internal import Glibc

/// An open file that is closed, and whose lock is given up, with the last reference.
final class OwnedDescriptor: Sendable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        // A child between fork and exec shares the file: its lock is given up here, not when the child lets go.
        flock(number, LOCK_UN)
        close(number)
    }
}
