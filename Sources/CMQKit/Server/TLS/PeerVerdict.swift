internal import CMQCertificates
internal import Synchronization

/// What a handshake said about the peer: who it is, or why it was refused, for the one line that the log gets of it.
final class PeerVerdict: Sendable {
    private struct State {
        var client: ClientCertificate?
        var reason: String?
    }

    private let state = Mutex(State())

    /// The peer, when its certificate was verified in this handshake; a resumed session brings no verification.
    var client: ClientCertificate? {
        get { state.withLock { $0.client } }
        set { state.withLock { $0.client = newValue } }
    }

    var reason: String? {
        get { state.withLock { $0.reason } }
        set { state.withLock { $0.reason = newValue } }
    }
}
