internal import CMQLogging
internal import Logging
internal import NIOCore

/// What one connection is made with.
struct SessionContext: Sendable {
    let settings: SessionSettings
    let loop: LoopReference
    /// `nil` on plain TCP.
    let tls: ServerTLS?
    let verdict: PeerVerdict
    let peer: String
    let logger: Logger
    /// Logs why a connection never became a session; takes the reason and the peer.
    let reportRefusal: @Sendable (String, String) -> Void
}

/// What sessions need to know of the configuration.
struct SessionSettings: Sendable {
    var lineBytesMax = 16 << 20
    /// Bytes of commands that a session may have unanswered.
    var unansweredBytesMax = 4 << 20
    var outputBufferBytes = 8 << 20
    var handshakeTimeout = TimeAmount.seconds(10)
    /// `nil` leaves idle connections open.
    var idleTimeout: TimeAmount?
    var anonymousIdentity = "anonymous"
}
