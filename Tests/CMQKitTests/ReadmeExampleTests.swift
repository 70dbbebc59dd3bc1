import CMQConfiguration
import CMQKit
import CMQServer
import Foundation
import Logging
import TestSupport
import Testing

/// The example of the README: the same text, and it works.
@Suite struct ReadmeExampleTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func isTheTextOfTheReadme() throws {
        let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let example = try String(
            contentsOf: Self.root.appendingPathComponent("Tests/CMQKitTests/ReadmeExample.swift"),
            encoding: .utf8
        )
        #expect(readme.contains("<!-- example -->\n```swift\n\(example)```\n"))
    }

    @Test func sendsAndReceives() async throws {
        let directory = try TemporaryDirectory()
        let pki = try TestPKI(in: directory)
        var settings = BrokerConfiguration()
        settings.server.address = ListenAddress(host: "127.0.0.1", port: 0)
        settings.server.dataDirectory = directory.file("data")
        settings.database.location = .sqlite(path: directory.file("data/catalog.db"))
        settings.encryption.key = .generated(path: directory.file("data/catalog.key"))
        settings.tls.certificatePath = pki.serverCertificatePath
        settings.tls.keyPath = pki.serverKeyPath
        settings.tls.caPath = pki.caPath
        let server = try await BrokerServer.start(
            settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let received = try await exchange(port: server.port, pki: pki)
        await server.stop()
        #expect(received == ["{\"n\":1}"])
    }

    private func exchange(port: Int, pki: TestPKI) async throws -> [String] {
        func connect(_ name: String) async throws -> BrokerClient {
            let identity = try pki.client(name)
            return try await BrokerClient.connect(
                BrokerClientConfiguration(
                    host: "127.0.0.1",
                    port: port,
                    certificateAuthorityFile: pki.caPath,
                    certificateFile: identity.certificatePath,
                    privateKeyFile: identity.keyPath
                )
            )
        }
        let bob = try await connect("bob")
        let alice = try await connect("alice")
        let keys = KeyPair()
        try await bob.registerPublicKey(keys.publicKey)
        try await bob.declareQueue("bob")
        try await bob.declareExchange("cmq")
        try await bob.bind(queue: "bob", to: "cmq", routingKey: "bob")
        #expect(try await send("{\"n\":1}", to: "bob", through: alice) == .done)
        var received: [String] = []
        try await receive(with: keys, from: bob) { text in
            received.append(text)
            bob.stopConsuming()
        }
        await bob.close()
        await alice.close()
        return received
    }
}
