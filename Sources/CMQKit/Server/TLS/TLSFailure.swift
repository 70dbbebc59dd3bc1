internal import NIOCore
internal import NIOSSL

/// What went wrong on a TLS connection, in words for the log.
enum TLSFailure {
    static func sentence(for error: any Error) -> String {
        let text = "\(error)"
        if text.contains("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return "the client sent no certificate" }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return "the client does not speak TLS"
        }
        if text.contains("UNSUPPORTED_PROTOCOL") { return "the client speaks only older versions of TLS" }
        if text.contains("ALERT_UNKNOWN_CA") || text.contains("ALERT_CERTIFICATE_UNKNOWN") {
            return "the client does not trust the broker's certificate"
        }
        if case NIOSSLError.uncleanShutdown = error { return "the peer closed the connection" }
        return text
    }

    /// Whether it is how connections end in practice: clients leave without a goodbye.
    static func isOrdinary(_ error: any Error) -> Bool {
        if case NIOSSLError.uncleanShutdown = error { return true }
        return error is IOError || error is ChannelError
    }
}
