import ArgumentParser
import CMQBrokerCore
import CMQClient
import CMQClientCommand
import CMQCommand
import Foundation

/// A connection to the broker as an administrator.
struct LiveBroker {
    let client: BrokerClient

    private init(_ client: BrokerClient) {
        self.client = client
    }

    /// Connects as the flags, the environment and the client's configuration file say.
    static func connect(_ options: ConnectionOptions) async throws(CommandFailure) -> LiveBroker {
        try await connect(settings(options))
    }

    static func settings(_ options: ConnectionOptions) throws(CommandFailure) -> BrokerClientConfiguration {
        let routing: RoutingOptions
        do {
            // Only parsing gives options their defaults.
            routing = try RoutingOptions.parse([])
        } catch {
            throw CommandFailure(.software, "\(error)")
        }
        return try ClientSettings.resolve(options, routing: routing) { AdminCommand.diagnostics.warning($0) }.connection
    }

    static func connect(_ configuration: BrokerClientConfiguration) async throws(CommandFailure) -> LiveBroker {
        do throws(BrokerClientError) {
            return LiveBroker(try await BrokerClient.connect(configuration))
        } catch {
            // Nobody has been asked for anything yet, so whatever hinders the connection means that it is away.
            guard [.unreachable, .timeout, .connectionLost].contains(error.code) else { throw CommandFailure(error) }
            throw CommandFailure(
                .unavailable,
                error.message,
                hint: error.remedy ?? "is cmq-broker running, and is --server HOST:PORT right?"
            )
        }
    }

    /// The broker's figures as it sent them, one JSON object.
    func statistics() async throws(CommandFailure) -> String {
        try await ask { (client) async throws(BrokerClientError) in try await client.stats() }
    }

    func report() async throws(CommandFailure) -> BrokerReport {
        try Self.report(try await statistics())
    }

    static func report(_ json: String) throws(CommandFailure) -> BrokerReport {
        do {
            return try JSONDecoder().decode(BrokerReport.self, from: Data(json.utf8))
        } catch {
            throw CommandFailure(
                .protocolError,
                "the broker's figures are not what this version understands",
                hint: "use the cmq-admin of the broker's version"
            )
        }
    }

    /// Gives the broker a command, and tells a missing permission from a refusal for another reason.
    func ask<Answer>(
        _ command: (BrokerClient) async throws(BrokerClientError) -> Answer
    ) async throws(CommandFailure) -> Answer {
        do throws(BrokerClientError) {
            return try await command(client)
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: BrokerClientError) -> CommandFailure {
        guard error.code == .refused else { return CommandFailure(error) }
        let isPermission = error.message.contains("[security] admins") || error.message.contains("Unauthorized")
        guard isPermission else { return CommandFailure(.failure, error.message) }
        return CommandFailure(
            .noPermission,
            "'\(client.clientID)' is not an administrator of the broker: \(error.message)",
            hint: "add '\(client.clientID)' to [security] admins in the broker's config.toml and start it again, "
                + "or choose another --identity"
        )
    }
}
