internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// A thread that gives way to all others, for work that no client waits for. It does one job after the other and
/// ends when nobody holds it any more.
final class QuietThread: Sendable {
    /// The nice value: a tenth of the time of a thread that publishes, where both want the same core.
    static let niceness: Int32 = 10

    private final class Jobs: Sendable {
        let waiting = Mutex<[(@Sendable () -> Void)?]>([])
        let added = DispatchSemaphore(value: 0)

        func add(_ job: (@Sendable () -> Void)?) {
            waiting.withLock { $0.append(job) }
            added.signal()
        }

        func run() {
            while true {
                added.wait()
                guard let job = waiting.withLock({ $0.removeFirst() }) else { return }
                job()
            }
        }
    }

    private let jobs = Jobs()

    /// - Parameter name: For `top` and debuggers; at most 15 bytes.
    init(named name: String) {
        Self.start(named: name) { [jobs] in jobs.run() }
    }

    deinit {
        jobs.add(nil)
    }

    func run(_ job: @escaping @Sendable () -> Void) {
        jobs.add(job)
    }

    /// Runs one job on a thread of its own.
    static func start(named name: String, _ job: @escaping @Sendable () -> Void) {
        Thread.detachNewThread {
            // The name of Foundation's thread does not reach the system.
            if let file = FileHandle(forWritingAtPath: "/proc/thread-self/comm") {
                try? file.write(contentsOf: Data(name.utf8))
            }
            // Of this thread alone, on Linux. Being refused it is no reason not to work.
            let kind = __priority_which_t(PRIO_PROCESS.rawValue)
            setpriority(kind, 0, max(getpriority(kind, 0), niceness))
            job()
        }
    }
}
