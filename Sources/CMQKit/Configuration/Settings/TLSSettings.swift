/// `[tls]`: the broker's certificate and whom it lets in.
package struct TLSSettings: Sendable {
    package enum Version: String, CaseIterable, Sendable {
        case tls13 = "1.3"
        case tls12 = "1.2"
    }

    /// What happens to connections when the revocation list is past its next update.
    package enum StaleCRL: String, CaseIterable, Sendable {
        case refuse
        case warn
    }

    package var certificatePath = "certs/server.crt"
    package var keyPath = "certs/server.key"
    package var caPath = "certs/ca.crt"
    package var minimumVersion = Version.tls13
    package var crlPath: String?
    package var staleCRL = StaleCRL.refuse
    package var handshakeTimeout = Duration.seconds(10)

    static let schema: [Setting] = [
        .path(
            .tls,
            "cert_path",
            \.tls.certificatePath,
            .reads,
            since: .cipherMQ("1.0"),
            "The broker's certificate, PEM, followed by intermediate certificates if there are any."
        ),
        .path(
            .tls,
            "key_path",
            \.tls.keyPath,
            .reads,
            since: .cipherMQ("1.0"),
            "The private key of that certificate, PEM. Only the broker's user should be able to read it."
        ),
        .path(
            .tls,
            "ca_cert_path",
            \.tls.caPath,
            .reads,
            since: .cipherMQ("1.0"),
            "The certificate of the CA that clients must have been certified by, PEM."
        ),
        .choice(
            .tls,
            "min_version",
            \.tls.minimumVersion,
            "The oldest TLS version that is spoken. `1.2` is for clients that cannot do better."
        ),
        .optionalPath(
            .tls,
            "crl_path",
            \.tls.crlPath,
            .reads,
            "The CA's certificate revocation list. Clients on it are refused; reloaded on SIGHUP."
        ),
        .choice(
            .tls,
            "crl_stale",
            \.tls.staleCRL,
            "What to do when the list's next update is overdue: `refuse` all clients, or `warn` and use the old list."
        ),
        .duration(
            .tls,
            "handshake_timeout",
            \.tls.handshakeTimeout,
            in: .milliseconds(100)...(.seconds(600)),
            "A connection that has not finished its handshake by then is closed."
        ),
    ]
}
