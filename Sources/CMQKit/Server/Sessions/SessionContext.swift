internal import Logging
internal import NIOCore

/// What one connection is made with.
struct SessionContext: Sendable {
    let settings: SessionSettings
    let loop: LoopReference
    let memory: SessionMemory
    /// What the connection began with; `nil` on plain TCP.
    let tls: ServerTLS?
    /// What connections begin with now: a reload may have come meanwhile.
    let currentTLS: @Sendable () -> ServerTLS?
    let verdict: PeerVerdict
    let peer: String
    let logger: Logger
    /// To be called once it is known whose connection it is.
    let introduce: @Sendable () -> Void
    let log: ConnectionLog
}

/// What sessions need to know of the configuration.
struct SessionSettings: Sendable {
    var lineBytesMax = 16 << 20
    /// Bytes of commands that a session may have unanswered.
    var unansweredBytesMax = 4 << 20
    var outputBufferBytes = 8 << 20
    /// Bytes that all sessions together may hold.
    var memoryBytes = 1 << 30
    var handshakeTimeout = TimeAmount.seconds(10)
    /// `nil` leaves idle connections open.
    var idleTimeout: TimeAmount?
    var anonymousIdentity = "anonymous"
}
