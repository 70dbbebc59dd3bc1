import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

/// A client that has said hello over TLS, was answered, and keeps the rest of its handshake to itself for a while.
final class HeldHandshake: Sendable {
    private let channel: any Channel
    private let received: AsyncStream<String>

    private init(channel: any Channel, received: AsyncStream<String>) {
        self.channel = channel
        self.received = received
    }

    /// Returns once the broker has answered the hello.
    static func begin(with broker: TestBroker, as name: String) async throws -> HeldHandshake {
        let identity = try broker.pki.client(name)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(broker.pki.caPath)
        tls.certificateVerification = .noHostnameVerification
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificatePath).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.keyPath, format: .pem))
        let context = try NIOSSLContext(configuration: tls)
        let (answered, onAnswer) = AsyncStream<Bool>.makeStream()
        let (received, onText) = AsyncStream<String>.makeStream()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        SecondFlightHandler(onAnswer),
                        try NIOSSLClientHandler(context: context, serverHostname: nil),
                        TextHandler(onText),
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: broker.port)
            .get()
        var answers = answered.makeAsyncIterator()
        let isAnswered = await answers.next()
        try #require(isAnswered == true)
        return HeldHandshake(channel: channel, received: received)
    }

    /// Sends the rest of the handshake and a command; gives what comes back, or `nil` when the broker hangs up.
    func finish(asking command: String) async -> String? {
        channel.triggerUserOutboundEvent(SecondFlightHandler.Release(), promise: nil)
        channel.writeAndFlush(ByteBuffer(string: command + "\n"), promise: nil)
        var texts = received.makeAsyncIterator()
        return await texts.next()
    }
}

/// Lets the client's hello through and holds what its TLS writes then.
private final class SecondFlightHandler: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Release: Sendable {}

    private enum State {
        case beforeHello
        case holding(ByteBuffer)
        case released
    }

    private let onHeld: AsyncStream<Bool>.Continuation
    private var state = State.beforeHello

    init(_ onHeld: AsyncStream<Bool>.Continuation) {
        self.onHeld = onHeld
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch state {
        case .beforeHello:
            state = .holding(ByteBuffer())
            context.write(data, promise: promise)
        case .holding(var held):
            held.writeImmutableBuffer(unwrapOutboundIn(data))
            state = .holding(held)
            promise?.succeed()
            onHeld.yield(true)
        case .released: context.write(data, promise: promise)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Release, case .holding(let held) = state else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        state = .released
        context.writeAndFlush(wrapOutboundOut(held), promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        onHeld.finish()
    }
}

private final class TextHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let onText: AsyncStream<String>.Continuation

    init(_ onText: AsyncStream<String>.Continuation) {
        self.onText = onText
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        onText.yield(String(buffer: unwrapInboundIn(data)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        onText.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
