internal import CMQBrokerCore
internal import CMQConfiguration
internal import CMQLogging
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// Accepts connections up to the limit and gives each of them its handlers.
final class ConnectionAcceptor: Sendable {
    private struct State {
        var tls: ServerTLS?
        var channels: [ObjectIdentifier: any Channel] = [:]
        var reports = LogRateLimiter<[String]>(limit: 10, interval: .seconds(1))
    }

    private let settings: SessionSettings
    private let connectionsMax: Int
    private let loop: LoopReference
    private let logger: Logger
    let memory: SessionMemory
    private let state: Mutex<State>

    init(settings: SessionSettings, connectionsMax: Int, loop: LoopReference, tls: ServerTLS?, logger: Logger) {
        self.settings = settings
        self.connectionsMax = connectionsMax
        self.loop = loop
        self.logger = logger
        memory = SessionMemory(limit: settings.memoryBytes, lineBytesMax: settings.lineBytesMax)
        state = Mutex(State(tls: tls))
        warnIfStale(tls)
    }

    private func warnIfStale(_ tls: ServerTLS?) {
        guard tls?.usesStaleRevocationList == true else { return }
        logger.warning("The certificate revocation list is overdue; make a new one with 'cmq-certs crl'")
    }

    var count: Int { state.withLock { $0.channels.count } }

    func listen(on address: ListenAddress, group: MultiThreadedEventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(
                .writeBufferWaterMark,
                value: .init(low: settings.outputBufferBytes / 2, high: settings.outputBufferBytes)
            )
            .childChannelOption(.allowRemoteHalfClosure, value: false)
            .childChannelInitializer { self.initialize($0) }
            .bind(host: address.host, port: address.port)
            .get()
    }

    func replace(_ tls: ServerTLS) {
        warnIfStale(tls)
        let channels = state.withLock { state in
            state.tls = tls
            return Array(state.channels.values)
        }
        for channel in channels {
            channel.eventLoop.execute { Self.recheck(channel, tls) }
        }
    }

    func closeAll() async {
        let channels = state.withLock { Array($0.channels.values) }
        for channel in channels { channel.close(mode: .all, promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    /// Ends a session whose certificate the new state of affairs does not accept any more.
    private static func recheck(_ channel: any Channel, _ tls: ServerTLS) {
        guard let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
            let certificate = handler.peerCertificate
        else { return }
        do {
            _ = try tls.identify([certificate])
        } catch {
            channel.pipeline.fireUserInboundEventTriggered(SessionRevoked(reason: "\(error)"))
        }
    }

    private func initialize(_ channel: any Channel) -> EventLoopFuture<Void> {
        let key = ObjectIdentifier(channel)
        let admission = state.withLock { state -> (tls: ServerTLS?, isAdmitted: Bool) in
            guard state.channels.count < connectionsMax else { return (nil, false) }
            state.channels[key] = channel
            return (state.tls, true)
        }
        guard admission.isAdmitted else {
            report(.refused, "too many connections (\(connectionsMax))", peer: channel.peerText)
            return channel.close()
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.channels[key] = nil }
        }
        return channel.eventLoop.makeCompletedFuture {
            let verdict = PeerVerdict()
            let context = SessionContext(
                settings: settings,
                loop: loop,
                memory: memory,
                tls: admission.tls,
                verdict: verdict,
                peer: channel.peerText,
                logger: logger,
                report: { self.report($0, $1, peer: $2) }
            )
            if let tls = admission.tls {
                try channel.pipeline.syncOperations.addHandler(tls.makeHandler(verdict))
            }
            try channel.pipeline.syncOperations.addHandler(SessionHandler(context, channel: channel))
        }
    }

    /// One line for each such connection, and for floods of them one line a second.
    private func report(_ end: ConnectionEnd, _ reason: String, peer: String) {
        let now = Duration.nanoseconds(Int64(BrokerClock.now().monotonic))
        // Whom a session belonged to and how much it held is different each time, and no reason for more lines.
        let kind = end == .givenUp ? [end.rawValue] : [end.rawValue, reason]
        let decision = state.withLock { $0.reports.admit(kind, at: now) }
        var fields: [LogKey: Logger.MetadataValue] = [.peer: "\(peer)", .reason: "\(reason)"]
        switch decision {
        case .log: break
        case .logAfterSuppressed(let count): fields[.count] = "\(count) more like it before"
        case .suppress: return
        }
        logger.warning("\(end.rawValue)", metadata: Logger.Metadata(fields))
    }
}

/// The peer's certificate was revoked, or its authority replaced, while it was connected.
struct SessionRevoked: Sendable {
    var reason: String
}

extension Channel {
    fileprivate var peerText: String {
        remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "?"
    }
}
