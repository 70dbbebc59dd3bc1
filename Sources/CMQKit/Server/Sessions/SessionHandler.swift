internal import CMQBrokerCore
internal import CMQCertificates
internal import CMQLogging
internal import Foundation
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// The last handler of a connection: turns bytes into commands for the broker loop.
///
/// States: waiting for the handshake → waiting for the loop to register the session → active → closed.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum State {
        case handshaking(deadline: Scheduled<Void>?)
        case registering
        case active(SessionID)
        case closed
    }

    private let context: SessionContext
    private let flow: SessionFlow
    private var state: State
    private var reader: InputReader
    private var burst = InputBurst()
    private var idleDeadline: Scheduled<Void>?
    /// Whether the log says that the client is here.
    private var hasLine = false

    init(_ context: SessionContext, channel: any Channel) {
        self.context = context
        flow = SessionFlow(limit: context.settings.unansweredBytesMax, memory: context.memory, channel: channel)
        reader = InputReader(lineBytesMax: context.settings.lineBytesMax)
        state = .handshaking(deadline: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        if self.context.tls == nil {
            register(self.context.settings.anonymousIdentity, context)
        } else {
            let channel = context.channel
            let verdict = self.context.verdict
            let deadline = context.eventLoop.assumeIsolated().scheduleTask(in: self.context.settings.handshakeTimeout) {
                verdict.reason = "the handshake took too long"
                channel.close(mode: .all, promise: nil)
            }
            state = .handshaking(deadline: deadline)
        }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event, case .handshaking(let deadline) = state {
            deadline?.cancel()
            greet(context)
        }
        if let revoked = event as? SessionRevoked, isInSession {
            self.context.log.ended(.revoked, because: "\(revoked.reason)", peer: self.context.peer)
            cutOff(context)
        }
        if let givenUp = event as? SessionGivenUp, isInSession {
            let reason = "\(flow.identity) held \(givenUp.bytes) bytes"
            self.context.log.ended(.givenUp, because: reason, peer: self.context.peer)
            cutOff(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Whether the peer is known and has not been sent away: only then does what it sends count.
    private var isInSession: Bool {
        switch state {
        case .registering, .active: true
        case .handshaking, .closed: false
        }
    }

    private func greet(_ context: ChannelHandlerContext) {
        do {
            register(try identify(context).commonName, context)
        } catch {
            logFailedHandshake("\(error)")
            cutOff(context)
        }
    }

    private func identify(_ context: ChannelHandlerContext) throws -> ClientCertificate {
        let (verdict, current) = (self.context.verdict, self.context.currentTLS())
        // A reload during the handshake found nobody to look at: what it brought decides here.
        if let client = verdict.client, current?.context === self.context.tls?.context { return client }
        // A resumed session brings no verification, and its certificate may have been revoked since.
        let handler = try context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        guard let tls = current ?? self.context.tls else {
            throw TLSFileError(path: "peer", reason: "sent no certificate")
        }
        return try tls.identifyPeer(of: handler, verdict)
    }

    private func register(_ identity: String, _ context: ChannelHandlerContext) {
        state = .registering
        self.context.introduce()
        flow.begin(identity)
        let (channel, flow) = (context.channel, flow)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.context.loop.submit { $0.connect(identity: identity, channel: channel, flow: flow) }
            .hop(to: context.eventLoop)
            .whenComplete { result in
                let (handler, context) = bound.value
                handler.registered(try? result.get(), identity: identity, context)
            }
    }

    private func registered(_ id: SessionID?, identity: String, _ context: ChannelHandlerContext) {
        guard let id else {
            let reason = "too many connections of '\(identity)', or the storage has failed"
            self.context.log.ended(.refused, because: reason, peer: self.context.peer)
            return cutOff(context)
        }
        guard case .registering = state else {
            self.context.loop.execute { $0.disconnect(id) }
            return
        }
        state = .active(id)
        hasLine = self.context.log.connected(id, identity: identity, peer: self.context.peer)
        submit(context)
        restartIdleTimer(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // TLS goes on delivering until the peer has answered the goodbye, or not in time.
        guard isInSession else { return }
        let buffer = unwrapInboundIn(data)
        reader.read(buffer, into: &burst)
        flow.unread(reader.unreadBytes)
        // A session that nobody knows yet must not fill the memory either.
        if case .registering = state, burst.bytes > self.context.settings.unansweredBytesMax {
            context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        }
        // The core works on these while this loop decrypts and parses what the same socket read brings next.
        if burst.bytes >= Self.submissionBytes { submit(context) }
    }

    private static let submissionBytes = 40 << 10

    func channelReadComplete(context: ChannelHandlerContext) {
        submit(context)
        context.fireChannelReadComplete()
    }

    private func submit(_ context: ChannelHandlerContext) {
        guard case .active(let id) = state, !burst.isEmpty else { return }
        let burst = burst
        self.burst = InputBurst()
        flow.submitted(burst.bytes)
        self.context.loop.execute { $0.submit(burst, from: id) }
        restartIdleTimer(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // A peer that does not take its answers gets no more questions answered.
        flow.setWritable(context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .handshaking = state {
            logFailedHandshake(self.context.verdict.reason ?? "the peer closed the connection")
        }
        leave()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .handshaking(let deadline) = state {
            deadline?.cancel()
            state = .closed
            logFailedHandshake(self.context.verdict.reason ?? TLSFailure.sentence(for: error))
        } else if !TLSFailure.isOrdinary(error) {
            self.context.logger.debug(
                "Connection failed: \(error)",
                metadata: Logger.Metadata([.peer: "\(self.context.peer)"])
            )
        }
        context.close(promise: nil)
    }

    /// Ends the session now, and the connection as soon as TLS has said goodbye.
    private func cutOff(_ context: ChannelHandlerContext) {
        leave()
        context.close(promise: nil)
    }

    /// Takes leave of the loop, where that was not done yet, and lets go of everything that was read.
    private func leave() {
        idleDeadline?.cancel()
        idleDeadline = nil
        flow.end()
        burst = InputBurst()
        reader = InputReader(lineBytesMax: context.settings.lineBytesMax)
        switch state {
        case .active(let id):
            context.loop.execute { $0.disconnect(id) }
            if hasLine { context.log.disconnected(id, peer: context.peer) }
        case .handshaking(let deadline): deadline?.cancel()
        case .registering, .closed: break
        }
        state = .closed
    }

    private func logFailedHandshake(_ reason: String) {
        self.context.log.ended(.handshakeFailed, because: reason, peer: self.context.peer)
    }

    private func restartIdleTimer(_ context: ChannelHandlerContext) {
        guard let timeout = self.context.settings.idleTimeout else { return }
        idleDeadline?.cancel()
        guard case .active(let id) = state else { return }
        let (channel, peer) = (context.channel, self.context.peer)
        let loop = self.context.loop
        idleDeadline = context.eventLoop.scheduleTask(in: timeout) {
            loop.execute { loop in
                // A consumer waits quietly for hours: that is its work.
                guard !loop.core.isConsuming(id) else { return }
                let kind = LimitedLog.Kind(text: "Client was idle for too long", level: .info)
                loop.clientLog.log(kind, nil, [.peer: "\(peer)"])
                channel.close(mode: .all, promise: nil)
            }
        }
    }
}
