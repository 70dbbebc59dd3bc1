internal import COpenSSL

/// This thread's queue of OpenSSL errors. It has to be empty before a call whose failure is to be
/// explained, because an earlier, harmless failure may have left something in it.
enum OpenSSLErrors {
    static func clear() {
        ERR_clear_error()
    }

    /// Empties the queue and returns its last reason in words.
    static func take() -> String {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return "no reason given" }
        return String(cString: reason)
    }

    /// A failure of OpenSSL itself: out of memory, no randomness, a missing algorithm.
    static func failure(_ operation: String) -> CertificateError {
        CertificateError(.library, "OpenSSL cannot \(operation): \(take())")
    }
}
