import Foundation
import NIOCore
import NIOEmbedded
import NIOPosix
import NIOSSL
import TestSupport
import Testing

/// A client that speaks lines over mutual TLS and knows nothing of the protocol: what is sent and
/// what comes back are plain text.
final class LineClient: Sendable {
    private let channel: any Channel
    private let received: AsyncStream<String>

    private init(channel: any Channel, received: AsyncStream<String>) {
        self.channel = channel
        self.received = received
    }

    /// Connects; `identity` is `nil` for a client without a certificate.
    static func connect(
        port: Int,
        caPath: String,
        identity: TestPKI.Identity?,
        maximumVersion: TLSVersion? = nil
    ) async throws -> LineClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(caPath)
        tls.certificateVerification = .noHostnameVerification
        tls.maximumTLSVersion = maximumVersion
        if let identity {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificatePath)
                .map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.keyPath, format: .pem))
        }
        let context = try NIOSSLContext(configuration: tls)
        let (received, continuation) = AsyncStream<String>.makeStream()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: nil),
                        LineHandler(continuation),
                    ])
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        return LineClient(channel: channel, received: received)
    }

    /// Connects to the broker of a toolkit.
    static func connect(as name: String, to toolkit: ToolkitFixture) async throws -> LineClient {
        try await connect(port: toolkit.port, caPath: toolkit.pki.caPath, identity: try toolkit.pki.client(name))
    }

    /// A connection that never says a word of TLS, unless its channel is written to.
    static func connectSilently(port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port)
            .get()
    }

    /// What a client says first, for whoever does not mean to go on.
    static func clientHello() throws -> ByteBuffer {
        let channel = EmbeddedChannel()
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        return try #require(try channel.readOutbound(as: ByteBuffer.self))
    }

    /// Writes `text` as it is, in one piece.
    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Takes nothing more out of the socket.
    func stopReading() async throws {
        try await channel.setOption(.autoRead, value: false).get()
    }

    func goOnReading() async throws {
        try await channel.setOption(.autoRead, value: true).get()
    }

    /// The next `count` lines; fewer when the connection ends first.
    func lines(_ count: Int) async -> [String] {
        var lines: [String] = []
        var iterator = received.makeAsyncIterator()
        while lines.count < count, let line = await iterator.next() { lines.append(line) }
        return lines
    }

    /// Sends commands, each with a line end, and returns as many lines.
    func ask(_ commands: String..., answers: Int? = nil) async throws -> [String] {
        try await send(commands.map { $0 + "\n" }.joined())
        return await lines(answers ?? commands.count)
    }

    /// Makes a queue that is bound to the exchange `x` with the queue's name.
    func declare(queue: String) async throws {
        let answers = try await ask("declare_queue \(queue)", "declare_exchange x", "bind \(queue) x \(queue)")
        #expect(!answers.contains { $0.hasPrefix("Error") } && answers.count == 3, "\(answers)")
    }

    /// Acknowledges what comes until `count` messages are confirmed; gives their ids, also those of repetitions.
    func settle(_ count: Int) async throws -> [String] {
        var delivered: [String] = []
        var confirmed = 0
        while confirmed < count, let line = await lines(1).first {
            if line.hasPrefix("ACK_CONFIRMED ") {
                confirmed += 1
            } else {
                let id = String(line.split(separator: " ", maxSplits: 2)[1])
                delivered.append(id)
                try await send("ack \(id)\n")
            }
        }
        return delivered
    }

    /// Waits until the broker closes the connection; gives what it still sent.
    func rest() async -> [String] { await lines(.max) }

    func close() async {
        try? await channel.close().get()
    }
}

private final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncStream<String>.Continuation
    private var unread = ByteBuffer()

    init(_ continuation: AsyncStream<String>.Continuation) {
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unread.writeImmutableBuffer(unwrapInboundIn(data))
        while let end = unread.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            continuation.yield(unread.readString(length: end - unread.readerIndex) ?? "")
            unread.moveReaderIndex(forwardBy: 1)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
