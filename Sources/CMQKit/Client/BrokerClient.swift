internal import CMQWire
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// One connection to a broker, over mutual TLS.
///
/// Commands may be given from any number of tasks; the broker answers them in their order. When the
/// connection ends, everything that waits fails with the reason, and a new connection takes another
/// `BrokerClient`. A connection either consumes or fetches.
public final class BrokerClient: Sendable {
    /// How the connection was made.
    public let configuration: BrokerClientConfiguration
    /// Our identity: the common name of our certificate.
    public let clientID: String
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
        let credentials = try ClientCredentials(configuration)
        let context = try ClientTLS.makeContext(credentials, configuration)
        // Reports a bad name before anything is connected.
        _ = try ClientTLS.makeHandler(context, configuration)
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
                    try channel.pipeline.syncOperations.addHandlers([
                        try ClientTLS.makeHandler(context, configuration), handler,
                    ])
                    let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
                    return (channel, Outbox(eventLoop: channel.eventLoop, handler: bound))
                }
            }
        } catch {
            throw ConnectionFailure.describe(error, configuration)
        }
        let client = BrokerClient(
            configuration,
            clientID: credentials.clientID,
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
            if failure.code == .connectionLost {
                // The alert that says so is lost when the broker's reset overtakes it.
                failure.message += " before it answered; it may not accept \(configuration.certificateFile)"
            }
            throw failure
        }
        return client
    }

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
