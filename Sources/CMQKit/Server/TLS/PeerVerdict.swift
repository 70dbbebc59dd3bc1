internal import Synchronization

/// Why a handshake was refused, kept for the one line that the log gets of it.
final class PeerVerdict: Sendable {
    private let text = Mutex<String?>(nil)

    var reason: String? {
        get { text.withLock { $0 } }
        set { text.withLock { $0 = newValue } }
    }
}
