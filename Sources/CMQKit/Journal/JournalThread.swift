internal import Glibc

/// A thread of the system: the journal blocks in `fdatasync`, which no thread of a pool may do.
struct JournalThread: Sendable {
    private let thread: pthread_t

    /// Starts `body` on a thread that takes no signals; `name` is at most 15 bytes.
    init(named name: String, _ body: @escaping @Sendable () -> Void) throws(JournalError) {
        final class Start: Sendable {
            let name: String
            let body: @Sendable () -> Void

            init(name: String, body: @escaping @Sendable () -> Void) {
                self.name = name
                self.body = body
            }
        }
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var created = pthread_t()
        let code = pthread_create(
            &created,
            nil,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                Self.name(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        guard code == 0 else {
            start.release()
            throw .system("start a thread", name, SystemCallError(errno: code))
        }
        thread = created
    }

    /// Waits until the thread has ended. Call it once.
    func join() {
        pthread_join(thread, nil)
    }

    /// For `top` and debuggers; the C function for it hides behind a macro that Swift does not see.
    private static func name(_ name: String) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = write(descriptor, name, name.utf8.count)
        close(descriptor)
    }
}
