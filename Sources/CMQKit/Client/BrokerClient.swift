internal import CMQWire
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One connection to a broker, over mutual TLS; over plain TCP on this machine where it is asked for.
///
/// Commands may be given from any number of tasks; the broker answers them in their order. When the
/// connection ends, everything that waits fails with the reason, and a new connection takes another
/// `BrokerClient`. A connection either consumes or fetches.
public final class BrokerClient: Sendable {
    /// How the connection was made.
    public let configuration: BrokerClientConfiguration
    /// Our identity: the common name of our certificate; ``anonymousIdentity`` without TLS.
    public let clientID: String
    /// What everybody is called on a connection without TLS.
    public static let anonymousIdentity = "anonymous"
    let outbox: Outbox
    let state: ClientState
    private let channel: any Channel

    private init(
        _ configuration: BrokerClientConfiguration,
        clientID: String,
        outbox: Outbox,
        state: ClientState,
        channel: any Channel
    ) {
        self.configuration = configuration
        self.clientID = clientID
        self.outbox = outbox
        self.state = state
        self.channel = channel
    }

    deinit {
        channel.close(promise: nil)
    }

    /// Connects and waits until the broker has accepted our certificate.
    ///
    /// - Throws: ``BrokerClientError``: `configuration` for the files, `unreachable`, `timeout`,
    ///   `broker_not_trusted`, `certificate_refused` and `handshake_failed` for the rest.
    public static func connect(
        _ configuration: BrokerClientConfiguration
    ) async throws(BrokerClientError) -> BrokerClient {
        try await connect(configuration, observer: nil)
    }

    /// Connects; `observer` takes over what becomes of published messages.
    package static func connect(
        _ configuration: BrokerClientConfiguration,
        observer: ConnectionObserver?
    ) async throws(BrokerClientError) -> BrokerClient {
        let (clientID, context) = try security(configuration)
        let state = ClientState(configuration, observer: observer)
        let timeout = TimeAmount(configuration.connectTimeout)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(timeout)
            // Nagle's algorithm against delayed acknowledgements costs 40 ms a message.
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1 << 12, initial: 1 << 16, maximum: 1 << 18)
            )
        let (channel, outbox): (any Channel, Outbox)
        do {
            (channel, outbox) = try await bootstrap.connect(host: configuration.host, port: configuration.port) {
                channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ConnectionHandler(configuration: configuration, events: state)
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            try ClientTLS.makeHandler(context, configuration)
                        )
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                    let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                    return (channel, Outbox(eventLoop: channel.eventLoop, handler: bound))
                }
            }
        } catch {
            throw ConnectionFailure.describe(error, configuration)
        }
        let client = BrokerClient(
            configuration,
            clientID: clientID,
            outbox: outbox,
            state: state,
            channel: channel
        )
        let address = configuration.address
        let deadline = channel.eventLoop.scheduleTask(in: timeout) {
            outbox.onEventLoop { handler in
                handler.close(BrokerClientError(.timeout, "the broker at \(address) does not answer"))
            }
        }
        defer { deadline.cancel() }
        if var failure = await state.waitUntilEstablished() {
            if failure.code == .connectionLost, configuration.usesTLS {
                // The alert that says so is lost when the broker's reset overtakes it.
                failure.message += " before it answered; it may not accept \(configuration.certificateFile)"
            }
            throw failure
        }
        return client
    }

    /// Who we are and how the connection is protected.
    private static func security(
        _ configuration: BrokerClientConfiguration
    ) throws(BrokerClientError) -> (clientID: String, context: NIOSSLContext?) {
        guard configuration.usesTLS else {
            guard configuration.isLoopback else {
                throw BrokerClientError(
                    .configuration,
                    "plain TCP goes to this machine only, not to \(configuration.host)",
                    remedy: "use TLS, or a tunnel that ends at localhost"
                )
            }
            return (anonymousIdentity, nil)
        }
        let credentials = try ClientCredentials(configuration)
        let context = try ClientTLS.makeContext(credentials, configuration)
        // Reports a bad name before anything is connected.
        _ = try ClientTLS.makeHandler(context, configuration)
        return (credentials.clientID, context)
    }

    /// The identity that a connection will have: what the certificate says.
    ///
    /// - Throws: ``BrokerClientError`` with the code `configuration`, naming the file.
    package static func identity(_ configuration: BrokerClientConfiguration) throws(BrokerClientError) -> String {
        configuration.usesTLS ? try ClientCredentials(configuration).clientID : anonymousIdentity
    }

    /// Whether the broker is one of CipherMQ 1.0 to 1.5. Commands go to it one by one then, each after the answer
    /// to the one before, because it takes whatever it reads at once for one command.
    public var isOlderBroker: Bool { state.isOlderBroker }

    /// Why the connection ended; `nil` while it lives.
    public var end: BrokerClientError? { state.end }

    /// Ends the connection. What is published and not yet answered becomes `unknown`; leased messages
    /// go back to their queues.
    public func close() async {
        outbox.onEventLoop { $0.close(BrokerClientError(.closed, "the connection was closed")) }
        // The reason why a close failed tells nothing: the connection is gone either way.
        try? await channel.closeFuture.get()
    }

    /// Sends a command and waits for its answer.
    ///
    /// - Throws: ``BrokerClientError``: why the connection ended, or `invalid_argument`.
    package func command(_ verb: StaticString, _ fields: String...) async throws(BrokerClientError) -> String {
        let line = try CommandEncoder.line(verb, fields)
        return try await state.reply { number in
            outbox.append(line, expecting: [.command(number)])
        }.get()
    }

    /// The error for an answer that is not the expected one.
    static func refusal(_ reply: String, _ what: String) -> BrokerClientError {
        if reply == "Unknown command" {
            return BrokerClientError(.unknownCommand, "the broker does not know the command: \(what)")
        }
        let reason = reply.hasPrefix("Error: ") ? String(reply.dropFirst(7)) : reply
        return BrokerClientError(.refused, "the broker refuses to \(what): \(reason)")
    }
}
