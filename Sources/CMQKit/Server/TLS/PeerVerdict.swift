internal import CMQCertificates
internal import Synchronization

/// What a handshake said about the peer: who it is, or why it was refused, for the one line that the log gets of it.
final class PeerVerdict: Sendable {
    private struct State {
        var client: ClientCertificate?
        var chain: [[UInt8]]?
        var reason: String?
    }

    private let state = Mutex(State())

    /// The peer, when its certificate was verified in this handshake; a resumed session brings no verification.
    var client: ClientCertificate? {
        get { state.withLock { $0.client } }
        set { state.withLock { $0.client = newValue } }
    }

    /// What the peer sent in this handshake, its own certificate first, as DER; `nil` where that is all there was.
    ///
    /// Kept for as long as the connection, because its authority may not be known without it.
    var chain: [[UInt8]]? {
        get { state.withLock { $0.chain } }
        set { state.withLock { $0.chain = newValue } }
    }

    var reason: String? {
        get { state.withLock { $0.reason } }
        set { state.withLock { $0.reason = newValue } }
    }
}
