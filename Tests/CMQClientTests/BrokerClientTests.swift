import CMQCrypto
import CMQWire
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing

@testable import CMQClient

@Suite struct BrokerClientTests {
    private let directory: TemporaryDirectory
    let pki: TestPKI

    init() throws {
        directory = try TemporaryDirectory()
        // Without addresses: NIOSSL is content with the address of the peer as well.
        pki = try TestPKI(in: directory, serverAddresses: [])
    }

    private func error(_ body: () async throws(BrokerClientError) -> Void) async -> BrokerClientError? {
        do throws(BrokerClientError) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    private func envelope(_ id: String) -> [UInt8] { Array("{\"message_id\":\"\(id)\"}".utf8) }

    @Test func identityIsTheCommonName() async throws {
        let broker = try await ScriptedBroker(pki) { _ in "" }
        let client = try await BrokerClient.connect(try broker.configuration(pki))
        #expect(client.clientID == "alice")
        await client.close()
        #expect(client.end?.code == .closed)
        await broker.close()
    }

    @Test func publishingTellsWhatIsDoneWhatIsNotAndWhatIsUnknown() async throws {
        let broker = try await ScriptedBroker(pki) { line in
            if line.contains("\"good\"") { return "ACK good\n" }
            return line.contains("\"bad\"") ? "Error: queue 'q' is full\n" : nil
        }
        let client = try await BrokerClient.connect(try broker.configuration(pki))
        func publish(_ id: String) async throws -> PublishOutcome {
            try await client.publish(
                envelope: envelope(id),
                messageID: try #require(MessageID(id)),
                exchange: "x",
                routingKey: "k"
            )
        }
        #expect(try await publish("good") == .done)
        #expect(try await publish("bad") == .notDone(reason: "queue 'q' is full"))
        #expect(try await publish("lost") == .unknown(BrokerClientError(.connectionLost, "")))
        await #expect(throws: BrokerClientError(.connectionLost, "")) { _ = try await publish("late") }
        await broker.close()
    }

    @Test func aFullWindowSuspendsUntilAnAnswerComes() async throws {
        let held = Mutex<[String]>([])
        let broker = try await ScriptedBroker(pki) { line in
            if line == "declare_queue flush" {
                return held.withLock { held in
                    defer { held = [] }
                    return held.map { "ACK \($0)\n" }.joined() + "Queue declared\n"
                }
            }
            let id = line.split(separator: "\"")[3]
            held.withLock { $0.append(String(id)) }
            return ""
        }
        var configuration = try broker.configuration(pki)
        configuration.publishWindow = 2
        let client = try await BrokerClient.connect(configuration)
        var pending: [PendingPublish] = []
        for id in ["a", "b"] {
            pending.append(
                try await client.submit(
                    envelope: envelope(id),
                    messageID: try #require(MessageID(id)),
                    exchange: "x",
                    routingKey: "k"
                )
            )
        }
        let third = Task { [client] in
            try await client.publish(
                envelope: envelope("c"),
                messageID: try #require(MessageID("c")),
                exchange: "x",
                routingKey: "k"
            )
        }
        try await client.declareQueue("flush")
        #expect(await pending[0].outcome == .done)
        #expect(await pending[1].outcome == .done)
        // The third went out only after the answers to the others; a second flush answers it.
        while held.withLock({ $0.isEmpty }) { await Task.yield() }
        #expect(held.withLock { $0 } == ["c"])
        try await client.declareQueue("flush")
        #expect(try await third.value == .done)
        await broker.close()
    }

    @Test func messagesComeInBatchesAndAcknowledgementsAreConfirmed() async throws {
        let acknowledged = Mutex<[String]>([])
        let broker = try await ScriptedBroker(pki) { line in
            switch line.split(separator: " ").first {
            case "consume":
                return "Message: a {\"message_id\":\"a\"}\nSubscribed to queue\nMessage: b {}\nMessage: c {}\n"
            case "ack":
                let id = String(line.dropFirst(4))
                acknowledged.withLock { $0.append(id) }
                return "ACK_CONFIRMED \(id)\n"
            default: return "Released 1\n"
            }
        }
        let client = try await BrokerClient.connect(try broker.configuration(pki))
        var ids: [String] = []
        for try await message in try await client.consume(["q"]).messages {
            if ids.isEmpty { #expect(message.envelopeBytes == envelope("a")) }
            ids.append(message.messageID.description)
            if ids.count == 3 { break }
        }
        #expect(ids == ["a", "b", "c"])
        try await client.acknowledge(try ["a", "c"].map { try #require(MessageID($0)) })
        try await client.waitUntilConfirmed()
        #expect(acknowledged.withLock { $0 } == ["a", "c"])
        #expect(try await client.releaseAll() == 1)
        await broker.close()
    }

    @Test func anOlderBrokerIsAskedWithoutPrefetch() async throws {
        let broker = try await ScriptedBroker(pki, heartbeat: "Unknown command") { line in
            line == "consume q" ? "Subscribed to queue\n" : "Unknown command\n"
        }
        let client = try await BrokerClient.connect(try broker.configuration(pki))
        #expect(client.isOlderBroker)
        _ = try await client.consume(["q"])
        #expect(
            await error { () async throws(BrokerClientError) in try await client.releaseAll() }?.code == .unknownCommand
        )
        await broker.close()
    }

    @Test func fetchingEndsWithWhatIsThere() async throws {
        let left = Mutex(["a", "b"])
        let broker = try await ScriptedBroker(pki) { _ in
            left.withLock { $0.isEmpty ? "No messages\n" : "Message: \($0.removeFirst()) {}\n" }
        }
        let client = try await BrokerClient.connect(try broker.configuration(pki))
        #expect(try await client.fetch("q", count: 5).map(\.messageID.description) == ["a", "b"])
        #expect(try await client.fetch("q", count: 5).isEmpty)
        await broker.close()
    }

    @Test func keysAreReadAndChecked() async throws {
        let key = KeyPair().publicKey
        let broker = try await ScriptedBroker(pki) { line in
            switch line {
            case "get_public_key bob": "Public key: \(key.base64)\n"
            case "get_public_key eve": "Public key: AAAA\n"
            case "get_public_key later": "Error: public keys are not available (unavailable)\n"
            default: "Public key not found\n"
            }
        }
        let client = try await BrokerClient.connect(try broker.configuration(pki))
        #expect(try await client.publicKey(of: "bob") == key)
        #expect(try await client.publicKey(of: "nobody") == nil)
        let bad = await error { () async throws(BrokerClientError) in _ = try await client.publicKey(of: "eve") }
        #expect(bad?.code == .protocolViolation)
        let away = await error { () async throws(BrokerClientError) in _ = try await client.publicKey(of: "later") }
        #expect(away?.code == .keysUnavailable)
        let injected = await error { () async throws(BrokerClientError) in _ = try await client.publicKey(of: "a\nb") }
        #expect(injected?.code == .invalidArgument)
        await broker.close()
    }

    @Test func aSilentBrokerIsLeftAfterTheTimeout() async throws {
        let broker = try await ScriptedBroker(pki) { _ in "" }
        var configuration = try broker.configuration(pki)
        configuration.replyTimeout = .milliseconds(200)
        let client = try await BrokerClient.connect(configuration)
        let outcome = try await client.publish(
            envelope: envelope("a"),
            messageID: try #require(MessageID("a")),
            exchange: "x",
            routingKey: "k"
        )
        #expect(outcome == .unknown(BrokerClientError(.timeout, "")))
        await broker.close()
    }

    @Test func aBrokerOfAnotherAuthorityIsNotTrusted() async throws {
        let other = try TestPKI(in: try TemporaryDirectory())
        let broker = try await ScriptedBroker(pki) { _ in "" }
        for checksHostname in [true, false] {
            var configuration = try broker.configuration(pki)
            configuration.certificateAuthorityFile = other.caPath
            configuration.checksHostname = checksHostname
            let failure = await error { () async throws(BrokerClientError) in
                _ = try await BrokerClient.connect(configuration)
            }
            #expect(failure?.code == .brokerNotTrusted)
            #expect(failure?.message.contains(other.caPath) == true)
        }
        await broker.close()
    }

    @Test func theNameIsCheckedUnlessItIsNotToBe() async throws {
        let broker = try await ScriptedBroker(pki) { _ in "" }
        var configuration = try broker.configuration(pki)
        configuration.serverName = "elsewhere.example"
        let failure = await error { [configuration] () async throws(BrokerClientError) in
            _ = try await BrokerClient.connect(configuration)
        }
        #expect(failure?.code == .brokerNotTrusted)
        #expect(failure?.message == "the broker's certificate is not for 'elsewhere.example'")
        configuration.checksHostname = false
        _ = try await BrokerClient.connect(configuration)
        await broker.close()
    }

    @Test func aRefusedCertificateNamesItsFile() async throws {
        let broker = try await ScriptedBroker(pki) { _ in "" }
        let foreign = try pki.otherAuthority()
        var configuration = try broker.configuration(pki)
        configuration.certificateFile = foreign.certificatePath
        configuration.privateKeyFile = foreign.keyPath
        let failure = await error { [configuration] () async throws(BrokerClientError) in
            _ = try await BrokerClient.connect(configuration)
        }
        // The alert may be overtaken by the reset of the connection.
        #expect(failure?.code == .certificateRefused || failure?.code == .connectionLost)
        #expect(failure?.message.contains(foreign.certificatePath) == true)
        await broker.close()
    }

    @Test func anExpiredCertificateIsToldBeforeConnecting() async throws {
        let expired = try pki.expired()
        let configuration = BrokerClientConfiguration(
            host: "localhost",
            port: 1,
            certificateAuthorityFile: pki.caPath,
            certificateFile: expired.certificatePath,
            privateKeyFile: expired.keyPath
        )
        let failure = await error { () async throws(BrokerClientError) in
            _ = try await BrokerClient.connect(configuration)
        }
        #expect(failure?.code == .configuration)
        #expect(failure?.message.contains("expired on") == true)
    }

    @Test func aKeyOfAnotherCertificateIsNamed() async throws {
        let broker = try await ScriptedBroker(pki) { _ in "" }
        var configuration = try broker.configuration(pki)
        configuration.privateKeyFile = try pki.clientKeyPath("bob")
        let failure = await error { [configuration] () async throws(BrokerClientError) in
            _ = try await BrokerClient.connect(configuration)
        }
        #expect(failure?.code == .configuration)
        #expect(failure?.message.contains("does not belong to") == true)
        await broker.close()
    }

    @Test func nobodyThereIsUnreachable() async throws {
        // A port that was just given up by a listener.
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port ?? 0
        try await listener.close()
        let configuration = BrokerClientConfiguration(
            host: "127.0.0.1",
            port: port,
            certificateAuthorityFile: pki.caPath,
            certificateFile: try pki.clientCertificatePath("alice"),
            privateKeyFile: try pki.clientKeyPath("alice")
        )
        let failure = await error { () async throws(BrokerClientError) in
            _ = try await BrokerClient.connect(configuration)
        }
        #expect(failure?.code == .unreachable)
        #expect(failure?.message == "cannot reach the broker at 127.0.0.1:\(port): connection refused")
        #expect(failure?.remedy == "is cmq-broker running?")
    }
}

extension BrokerClientTests {
    /// A broker that ends, or a network that breaks, while TLS begins: to be tried again, not a refusal.
    @Test func aConnectionThatEndsInTheHandshakeIsLost() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.close() }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port ?? 0
        let configuration = BrokerClientConfiguration(
            host: "127.0.0.1",
            port: port,
            certificateAuthorityFile: pki.caPath,
            certificateFile: try pki.clientCertificatePath("alice"),
            privateKeyFile: try pki.clientKeyPath("alice")
        )
        let failure = await error { () async throws(BrokerClientError) in
            _ = try await BrokerClient.connect(configuration)
        }
        #expect(failure?.code == .connectionLost, "\(String(describing: failure))")
        try await listener.close()
    }

    @Test func whatASenderSealsADecryptorOpens() async throws {
        let published = Mutex<[String]>([])
        let broker = try await ScriptedBroker(pki) { line in
            if line.hasPrefix("publish cmq bob ") {
                let envelope = String(line.dropFirst(16))
                published.withLock { $0.append(envelope) }
                return "ACK \(envelope.split(separator: "\"")[3])\n"
            }
            guard line.hasPrefix("consume") else { return "" }
            return published.withLock { envelopes in
                envelopes.map { "Message: \($0.split(separator: "\"")[3]) \($0)\n" }.joined() + "Subscribed to queue\n"
            }
        }
        let keys = KeyPair()
        let client = try await BrokerClient.connect(try broker.configuration(pki))
        let sender = MessageSender(client: client, receiver: "bob", key: keys.publicKey)
        #expect(try await sender.send(Array("first".utf8)) == .done)
        #expect(try await sender.send([]) == .done)
        var batches = try await client.consume(["bob"]).makeAsyncIterator()
        let batch = try #require(try await batches.next())
        let decryptor = MessageDecryptor(keyPair: keys, clientID: "bob")
        #expect(try batch.map { try decryptor.open($0) } == [Array("first".utf8), []])
        let stranger = MessageDecryptor(keyPair: KeyPair(), clientID: "bob")
        #expect(throws: BrokerClientError(.undecryptable, "")) { try stranger.open(batch[0]) }
        let other = MessageDecryptor(keyPair: keys, clientID: "carol")
        #expect(throws: BrokerClientError(.undecryptable, "")) { try other.open(batch[0]) }
        await broker.close()
    }
}
