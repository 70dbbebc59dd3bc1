internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Turns what the network and TLS report into sentences that name the file to look at.
enum ConnectionFailure {
    static func describe(
        _ error: any Error,
        _ configuration: BrokerClientConfiguration
    ) -> BrokerClientError {
        switch error {
        case let error as BrokerClientError: error
        case let error as NIOConnectionError: unreachable(error, configuration)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname: wrongName(configuration)
        case let error as NIOSSLError: tls(error, configuration)
        // In TLS 1.3 a refused certificate shows after the handshake, when the client first reads.
        case let error as BoringSSLError: alert(in: String(describing: error), configuration)
        case let error as IOError:
            BrokerClientError(
                .connectionLost,
                "the connection to \(configuration.address) broke: \(String(cString: strerror(error.errnoCode)))"
            )
        case is ChannelError: unreachable("no answer in time", configuration)
        default: BrokerClientError(.connectionLost, "the connection to \(configuration.address) broke: \(error)")
        }
    }

    private static func unreachable(
        _ error: NIOConnectionError,
        _ configuration: BrokerClientConfiguration
    ) -> BrokerClientError {
        guard !error.connectionErrors.isEmpty else {
            return unreachable("there is no such host", configuration, remedy: "check the name of the server")
        }
        let codes = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
        // A name may stand for several addresses; a refusal tells more than a missing route to another one.
        if codes.contains(ECONNREFUSED) {
            return unreachable("connection refused", configuration, remedy: "is cmq-broker running?")
        }
        if let code = codes.first { return unreachable(String(cString: strerror(code)), configuration) }
        return unreachable("no answer in time", configuration)
    }

    private static func unreachable(
        _ reason: String,
        _ configuration: BrokerClientConfiguration,
        remedy: String? = nil
    ) -> BrokerClientError {
        BrokerClientError(
            .unreachable,
            "cannot reach the broker at \(configuration.address): \(reason)",
            remedy: remedy
        )
    }

    private static func wrongName(_ configuration: BrokerClientConfiguration) -> BrokerClientError {
        BrokerClientError(
            .brokerNotTrusted,
            "the broker's certificate is not for '\(configuration.serverName ?? configuration.host)'",
            remedy: "connect by a name in the certificate, or issue one with cmq-certs server --name or --ip"
        )
    }

    private static func tls(
        _ error: NIOSSLError,
        _ configuration: BrokerClientConfiguration
    ) -> BrokerClientError {
        if case .uncleanShutdown = error {
            return BrokerClientError(.connectionLost, "the broker at \(configuration.address) closed the connection")
        }
        if case .unableToValidateCertificate = error { return wrongName(configuration) }
        return alert(in: String(describing: error), configuration)
    }

    /// - Parameter text: What the library says about its errors; it names alerts by their constants.
    static func alert(in text: String, _ configuration: BrokerClientConfiguration) -> BrokerClientError {
        for (mark, reason, remedy) in refusals where text.contains(mark) {
            return BrokerClientError(
                .certificateRefused,
                "the broker refuses the certificate \(configuration.certificateFile): \(reason)",
                remedy: remedy
            )
        }
        if text.contains("EOF during handshake") {
            // A broker that ends, or a network that breaks, in this moment: nobody has refused anything.
            return BrokerClientError(
                .connectionLost,
                "the broker at \(configuration.address) closed the connection during the TLS handshake"
            )
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            let file = configuration.certificateAuthorityFile
            return BrokerClientError(
                .brokerNotTrusted,
                "the broker's certificate is expired or not signed by \(file)",
                remedy: "check it with cmq-certs verify, and that \(file) is the broker's CA"
            )
        }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return BrokerClientError(
                .handshakeFailed,
                "\(configuration.address) does not speak TLS",
                remedy: "is that the port of cmq-broker?"
            )
        }
        if text.contains("PROTOCOL_VERSION") || text.contains("UNSUPPORTED_PROTOCOL") {
            return BrokerClientError(
                .handshakeFailed,
                "the broker at \(configuration.address) does not offer TLS 1.3",
                remedy: "set \"protocol\": \"TLSv1.2\" in the tls section to allow 1.2"
            )
        }
        return BrokerClientError(.handshakeFailed, "the TLS handshake with \(configuration.address) failed: \(text)")
    }

    private static let refusals = [
        ("ALERT_CERTIFICATE_EXPIRED", "it has expired or is not valid yet", "renew it with cmq-certs renew"),
        ("ALERT_CERTIFICATE_REVOKED", "it was revoked", "issue a new one with cmq-certs client"),
        ("ALERT_UNKNOWN_CA", "it is from another CA", "issue one from the broker's CA with cmq-certs client"),
        ("ALERT_CERTIFICATE_REQUIRED", "the broker got none", "check the certificate file"),
        ("ALERT_UNSUPPORTED_CERTIFICATE", "it is not a client certificate", "issue one with cmq-certs client"),
        ("ALERT_BAD_CERTIFICATE", "it does not pass the broker's checks", "check it with cmq-certs verify"),
        ("ALERT_CERTIFICATE_UNKNOWN", "it does not pass the broker's checks", "check it with cmq-certs verify"),
        ("ALERT_ACCESS_DENIED", "access denied", "ask the broker's operator"),
    ]
}
