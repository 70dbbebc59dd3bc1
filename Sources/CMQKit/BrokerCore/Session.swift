struct Session {
    let identity: UInt32
    var consumers: [UInt32: UInt32] = [:]
    var fetchers: [UInt32: UInt32] = [:]
    /// Bytes of envelopes handed out that the peer's connection has not taken yet.
    var outputBytes = 0
    var isAdmin = false
}
