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
        var connections: AdmittedConnections<(channel: any Channel, verdict: PeerVerdict)>
        var ended = 0
    }

    /// When so many have ended, it is worth the trouble to give memory back.
    private static let endedMany = 500

    private let settings: SessionSettings
    private let loop: LoopReference
    private let logger: Logger
    let memory: SessionMemory
    let log: ConnectionLog
    private let state: Mutex<State>

    init(settings: SessionSettings, connectionsMax: Int, loop: LoopReference, tls: ServerTLS?, logger: Logger) {
        self.settings = settings
        self.loop = loop
        self.logger = logger
        log = ConnectionLog(logger)
        memory = SessionMemory(limit: settings.memoryBytes, lineBytesMax: settings.lineBytesMax)
        state = Mutex(State(tls: tls, connections: AdmittedConnections(limit: connectionsMax)))
        warnIfStale(tls)
    }

    private func warnIfStale(_ tls: ServerTLS?) {
        guard tls?.usesStaleRevocationList == true else { return }
        logger.warning("The certificate revocation list is overdue; make a new one with 'cmq-certs crl'")
    }

    var count: Int { state.withLock { $0.connections.count } }

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
        let connections = state.withLock { state in
            state.tls = tls
            return state.connections.all
        }
        for (channel, verdict) in connections {
            channel.eventLoop.execute { Self.recheck(channel, verdict, tls) }
        }
    }

    func closeAll() async {
        let channels = state.withLock { $0.connections.all.map(\.channel) }
        for channel in channels { channel.close(mode: .all, promise: nil) }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    /// Ends a session whose certificate the new state of affairs does not accept any more. Whoever is not done with its
    /// handshake is looked at when it is.
    private static func recheck(_ channel: any Channel, _ verdict: PeerVerdict, _ tls: ServerTLS) {
        guard let handler = try? channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self),
            handler.peerCertificate != nil
        else { return }
        do {
            _ = try tls.identifyPeer(of: handler, verdict)
        } catch {
            channel.pipeline.fireUserInboundEventTriggered(SessionRevoked(reason: "\(error)"))
        }
    }

    private func initialize(_ channel: any Channel) -> EventLoopFuture<Void> {
        let verdict = PeerVerdict()
        let (tls, limit, admission) = state.withLock { state in
            (state.tls, state.connections.limit, state.connections.admit((channel, verdict)))
        }
        let number: UInt64
        switch admission {
        case .admitted(let admitted): number = admitted
        case .inPlaceOf(let oldest, let admitted):
            number = admitted
            oldest.verdict.reason = "too many connections (\(limit)), and its handshake was the oldest unfinished one"
            oldest.channel.close(promise: nil)
        case .refused:
            log.ended(.refused, because: "too many connections (\(limit))", peer: channel.peerText)
            return channel.close()
        }
        channel.closeFuture.whenComplete { _ in self.ended(number) }
        return channel.eventLoop.makeCompletedFuture {
            let context = SessionContext(
                settings: settings,
                loop: loop,
                memory: memory,
                tls: tls,
                currentTLS: { self.state.withLock { $0.tls } },
                verdict: verdict,
                peer: channel.peerText,
                logger: logger,
                introduce: { self.state.withLock { $0.connections.introduce(number) } },
                log: log
            )
            if let tls {
                try channel.pipeline.syncOperations.addHandler(tls.makeHandler(verdict))
            }
            try channel.pipeline.syncOperations.addHandler(SessionHandler(context, channel: channel))
        }
    }

    private func ended(_ number: UInt64) {
        let areMany = state.withLock { state in
            state.connections.remove(number)
            state.ended = (state.ended + 1) % Self.endedMany
            return state.ended == 0
        }
        if areMany { loop.execute { $0.trims.connectionsEnded() } }
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
