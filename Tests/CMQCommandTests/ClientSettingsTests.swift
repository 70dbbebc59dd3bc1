import ArgumentParser
import CMQClient
import CMQClientCommand
import CMQCommand
import Foundation
import TestSupport
import Testing

@Suite struct ClientSettingsTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func addClient(_ name: String) throws {
        let folder = directory.file("certs/clients/\(name)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try directory.write("", to: "certs/clients/\(name)/client.crt")
    }

    private func resolve(
        _ arguments: [String] = [],
        routing: [String] = [],
        queue: String? = nil,
        environment: [String: String] = [:]
    ) throws -> ClientSettings {
        try ClientSettings.resolve(
            try ConnectionOptions.parse(arguments),
            routing: try RoutingOptions.parse(routing),
            queue: queue,
            environment: environment,
            directory: directory.path,
            warn: { Issue.record("unexpected warning: \($0)") }
        )
    }

    private func status(_ body: () throws -> Void) -> CMQCommand.ExitStatus? {
        do {
            try body()
            return nil
        } catch {
            return (error as? CommandFailure)?.status
        }
    }

    @Test func flagsGoBeforeEnvironmentBeforeFileBeforeDefaults() throws {
        try addClient("alice")
        #expect(try resolve().connection.host == "localhost")
        #expect(try resolve().connection.port == 5672)
        try directory.write(
            #"{"server_address": "filehost", "server_port": 1, "exchange_name": "f"}"#,
            to: "config.json"
        )
        #expect(try resolve().connection.host == "filehost")
        #expect(try resolve().destination(of: "r").exchange == "f")
        let environment = ["CMQ_SERVER": "envhost:2", "CMQ_EXCHANGE": "e", "CMQ_QUEUE": ""]
        #expect(try resolve(environment: environment).connection.host == "envhost")
        #expect(try resolve(environment: environment).destination(of: "r").exchange == "e")
        #expect(try resolve(environment: environment).queue == nil)
        let flagged = try resolve(["--server", "[::1]:3"], routing: ["--exchange", "x"], environment: environment)
        #expect(flagged.connection.host == "::1")
        #expect(flagged.connection.port == 3)
        #expect(try flagged.destination(of: "r").exchange == "x")
    }

    @Test func theOnlyClientFolderIsWhoWeAre() throws {
        #expect(status { _ = try resolve() } == .noInput)
        try addClient("alice")
        #expect(try resolve().connection.certificateFile == directory.file("certs/clients/alice/client.crt"))
        #expect(try resolve().connection.privateKeyFile == directory.file("certs/clients/alice/client.key"))
        try addClient("bob")
        #expect(status { _ = try resolve() } == .usage)
        #expect(try resolve(["--identity", "bob"]).connection.certificateFile.hasSuffix("clients/bob/client.crt"))
        let environment = ["CMQ_IDENTITY": "bob"]
        #expect(try resolve(environment: environment).connection.certificateFile.hasSuffix("clients/bob/client.crt"))
        #expect(status { _ = try resolve(["--identity", "../bob"]) } == .usage)
    }

    @Test func aCertificateBringsTheKeyBesideIt() throws {
        let settings = try resolve(["--cert", "/a/me.crt"])
        #expect(settings.connection.privateKeyFile == "/a/me.key")
        #expect(try resolve(["--cert", "/a/me.crt", "--key", "/b/k"]).connection.privateKeyFile == "/b/k")
        #expect(settings.connection.certificateAuthorityFile == directory.file("certs/ca.crt"))
        #expect(try resolve(["--cert", "/a/me.crt", "--ca", "/c"]).connection.certificateAuthorityFile == "/c")
    }

    @Test func bindingsRunParallelToReceivers() throws {
        try addClient("alice")
        try directory.write(
            """
            {"receiver_client_ids": ["one", "two"],
             "bindings": [{"queue_name": "q1", "exchange_name": "x1", "routing_key": "k1"},
                          {"queue_name": "q2", "exchange_name": "x2", "routing_key": "k2"}]}
            """,
            to: "config.json"
        )
        let settings = try resolve()
        #expect(settings.receivers == ["one", "two"])
        #expect(try settings.destination(of: "two") == Destination(receiver: "two", exchange: "x2", routingKey: "k2"))
        #expect(try settings.subscriptions(of: "two").map(\.queue) == ["q2"])
        #expect(try settings.subscriptions(of: "somebody").map(\.queue) == ["q1", "q2"])
    }

    @Test func aBindingBelongsToTheReceiverThatItNames() throws {
        try addClient("alice")
        try directory.write(
            """
            {"bindings": [{"queue_name": "ca_rc_queue", "exchange_name": "labs", "routing_key": "west"},
                          {"queue_name": "ny_rc_queue", "exchange_name": "labs", "routing_key": "east"}]}
            """,
            to: "config.json"
        )
        #expect(try resolve().destination(of: "NY-RC").routingKey == "east")
        #expect(try resolve().destination(of: "DC-HQ").routingKey == "DC-HQ")
    }

    @Test func withoutSettingsNamesFollowFromTheReceiver() throws {
        try addClient("alice")
        #expect(
            try resolve().destination(of: "bob") == Destination(receiver: "bob", exchange: "cmq", routingKey: "bob")
        )
        let subscription = try #require(try resolve().subscriptions(of: "bob").first)
        #expect(subscription.queue == "bob")
        #expect(subscription.exchange == "cmq")
        #expect(subscription.routingKey == "bob")
        #expect(try resolve(queue: "mine").subscriptions(of: "bob").first?.queue == "mine")
        #expect(status { _ = try resolve().destination(of: "two words") } == .usage)
    }

    @Test(arguments: ["", ":1", "host:0", "host:70000", "host:x", "[::1", "[::1]x", "a b:1"])
    func addressesThatAreNone(text: String) {
        #expect(throws: CommandFailure.self) { try ServerAddress(text) }
    }

    @Test func addresses() throws {
        #expect(try ServerAddress("host") == ServerAddress(host: "host", port: 5672))
        #expect(try ServerAddress("host:1") == ServerAddress(host: "host", port: 1))
        #expect(try ServerAddress("[::1]:1") == ServerAddress(host: "::1", port: 1))
        #expect(try ServerAddress("::1") == ServerAddress(host: "::1", port: 5672))
    }
}
