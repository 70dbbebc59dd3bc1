internal import Dispatch
internal import Foundation
internal import Synchronization

/// Ctrl-C and SIGTERM as a request to finish what was begun; the second one ends the process at once.
package final class StopSignals: Sendable {
    // Unsafe only for the compiler: dispatch sources may be used from any thread.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    /// - Parameter onRequest: Called once, on a thread of its own.
    package init(onRequest: @escaping @Sendable () -> Void) {
        let counter = SignalCounter()
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if counter.next() == 1 {
                    onRequest()
                } else {
                    _exit(128 + number)
                }
            }
            source.resume()
            return source
        }
    }
}

private final class SignalCounter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
