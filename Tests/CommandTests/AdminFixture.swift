import CMQClient
import CMQWire
import Foundation
import TestSupport
import Testing

/// Runs `cmq-admin` against a broker of its own, and publishes and consumes there.
struct AdminFixture {
    let toolkit: ToolkitFixture

    static func with(
        settings: [String: String] = [:],
        on engine: ToolkitFixture.Engine = .sqlite,
        _ body: (AdminFixture) async throws -> Void
    ) async throws {
        try await ToolkitFixture.with(settings: settings, on: engine) { try await body(AdminFixture(toolkit: $0)) }
    }

    /// Runs a verb that talks to the broker.
    func live(as identity: String = ToolkitFixture.admin, _ arguments: String...) async throws -> CommandResult {
        try await toolkit.run("cmq-admin", as: identity, arguments)
    }

    /// Runs a verb that reads the broker's files.
    func local(_ arguments: String...) async throws -> CommandResult {
        try await run("cmq-admin", arguments, in: toolkit.directory.url)
    }

    func client(_ name: String) async throws -> BrokerClient {
        let identity = try toolkit.pki.client(name)
        return try await BrokerClient.connect(
            BrokerClientConfiguration(
                host: "localhost",
                port: toolkit.port,
                certificateAuthorityFile: toolkit.pki.caPath,
                certificateFile: identity.certificatePath,
                privateKeyFile: identity.keyPath
            )
        )
    }

    /// Makes the queue `bob`, and publishes messages for bob there as alice.
    func publish(_ identities: String...) async throws {
        let alice = try await client("alice")
        try await alice.declareQueue("bob")
        try await alice.declareExchange("cmq")
        try await alice.bind(queue: "bob", to: "cmq", routingKey: "bob")
        for identity in identities {
            let outcome = try await alice.publish(
                envelope: Array(Self.envelope(identity).utf8),
                messageID: try #require(MessageID(identity)),
                exchange: "cmq",
                routingKey: "bob"
            )
            guard outcome == .done else {
                Issue.record("\(outcome)")
                return
            }
        }
        await alice.close()
    }

    /// Takes a message of bob's and acknowledges it.
    func acknowledgeOne() async throws {
        let bob = try await client("bob")
        let message = try #require(try await bob.fetch("bob", count: 1).first)
        try await bob.acknowledge([message.messageID])
        try await bob.waitUntilConfirmed()
        await bob.close()
    }

    /// Takes a message of bob's and gives it up.
    func rejectOne() async throws {
        let bob = try await client("bob")
        let message = try #require(try await bob.fetch("bob", count: 1).first)
        try await bob.reject(message.messageID, reason: "bad_tag")
        await bob.close()
    }

    /// Waits until the catalog has everything that the broker has done so far.
    func waitForCatalog() async throws {
        try await checkFor(.seconds(30), every: .milliseconds(50)) {
            let status = try await live("status", "--json")
            return try status.object().value("broker", "report", "projection", "lag_bytes") as? Int == 0
        }
    }

    /// How many messages wait in a queue, as the broker says.
    func ready(_ queue: String) async throws -> Int? {
        try await live("queues", queue, "--json").object()["ready"] as? Int
    }

    static let secret = "TOPSECRETCIPHERTEXT"

    private static func envelope(_ identity: String) -> String {
        """
        {"message_id":"\(identity)","receiver_client_id":"bob","enc_session_key":"AAAA","nonce":"AAAA",\
        "ciphertext":"\(secret)","tag":"AAAA"}
        """
    }
}

extension CommandResult {
    /// The one JSON object on standard output.
    func object() throws -> [String: Any] {
        try #require(try objects().first, "\(errors)")
    }

    /// The JSON objects on standard output, one a line.
    func objects() throws -> [[String: Any]] {
        try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }
}

extension [String: Any] {
    /// The value that a path of keys leads to.
    func value(_ keys: String...) -> Any? {
        keys.reduce(self as Any?) { ($0 as? [String: Any])?[$1] }
    }
}
