import NIOCore
import NIOPosix
import NIOSSL
import TestSupport

@testable import CMQClient

/// A TLS server that answers each line by a function: for what a real broker does not do on request.
final class ScriptedBroker: Sendable {
    /// What to send back for a line; `nil` closes the connection.
    typealias Script = @Sendable (_ line: String) -> String?

    let port: Int
    private let channel: any Channel

    init(
        _ pki: TestPKI,
        serverName: String = "localhost",
        heartbeat: String = "Heartbeat",
        script: @escaping Script
    ) async throws {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(pki.serverCertificatePath).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: pki.serverKeyPath, format: .pem))
        )
        tls.certificateVerification = .noHostnameVerification
        tls.trustRoots = .file(pki.caPath)
        let context = try NIOSSLContext(configuration: tls)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOSSLServerHandler(context: context), Responder(heartbeat: heartbeat, script: script),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async {
        // It may be closed already, which is as good.
        try? await channel.close()
    }

    /// How a client of `pki` reaches it.
    func configuration(_ pki: TestPKI, client: String = "alice") throws -> BrokerClientConfiguration {
        BrokerClientConfiguration(
            host: "localhost",
            port: port,
            certificateAuthorityFile: pki.caPath,
            certificateFile: try pki.clientCertificatePath(client),
            privateKeyFile: try pki.clientKeyPath(client)
        )
    }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let heartbeat: String
    private let script: ScriptedBroker.Script
    private var text = ""

    init(heartbeat: String, script: @escaping ScriptedBroker.Script) {
        self.heartbeat = heartbeat
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        while let end = text.firstIndex(of: "\n") {
            let line = String(text[..<end])
            text.removeSubrange(...end)
            guard let answer = line == "heartbeat" ? heartbeat + "\n" : script(line) else {
                context.close(promise: nil)
                return
            }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
