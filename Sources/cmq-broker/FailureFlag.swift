import Synchronization

/// Why the broker has to end although nobody asked it to.
final class FailureFlag: Sendable {
    private let state = Mutex<String?>(nil)

    var reason: String? { state.withLock { $0 } }

    func raise(_ reason: String) {
        state.withLock { $0 = $0 ?? reason }
    }
}
