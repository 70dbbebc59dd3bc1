/// `[server]`: where the broker listens and where it keeps its data.
package struct ServerSettings: Sendable {
    /// How clients reach the broker.
    package enum ConnectionType: String, CaseIterable, Sendable {
        case tls
        case tcp
    }

    package var address = ListenAddress(host: "127.0.0.1", port: 5672)
    package var connectionType = ConnectionType.tls
    package var dataDirectory = "cmq-data"
    /// `nil`: one for each core.
    package var eventLoopThreads: Int?

    static let schema: [Setting] = [
        .address(
            .server,
            "address",
            \.server.address,
            since: .cipherMQ("1.0"),
            "Host and port to listen on; an IPv6 address stands in brackets."
        ),
        .optionalInteger(
            .server,
            "port",
            get: { _ in nil },
            set: { $0.server.address.port = $1 },
            in: 0...65_535,
            defaultText: "the port of `address`",
            "Overrides the port of `address`; 0 lets the system choose one."
        ),
        .choice(
            .server,
            "connection_type",
            \.server.connectionType,
            since: .cipherMQ("1.0"),
            "`tls` asks every client for a certificate. `tcp` has no encryption and no identities: every client is "
                + "`\(BrokerConfiguration.anonymousIdentity)`. It listens on loopback only, unless "
                + "`security.allow_plain_tcp_beyond_loopback` says otherwise."
        ),
        .path(
            .server,
            "data_directory",
            \.server.dataDirectory,
            .makes,
            "Holds the journal, the embedded catalog and the generated catalog key. Made with mode 0700 when missing."
        ),
        .optionalInteger(
            .server,
            "event_loop_threads",
            get: { $0.server.eventLoopThreads },
            set: { $0.server.eventLoopThreads = $1 },
            in: 1...1_024,
            defaultText: "one for each core but one",
            "Threads of their own for TLS and for parsing commands. Where there are two cores or one, the default is "
                + "none: the thread that routes messages does both."
        ),
    ]
}
