package import CMQClient
package import CMQCommand
internal import Foundation

/// What flags, environment and configuration file say together, in this order.
package struct ClientSettings: Sendable {
    /// How to reach the broker, and who we are.
    package var connection: BrokerClientConfiguration
    /// The configuration file, if one was read.
    package var file: ClientConfigurationFile?
    package var exchange: String?
    package var routingKey: String?
    package var queue: String?
    /// `CMQ_TO`, or the receivers of the file.
    package var receivers: [String]

    /// - Parameters:
    ///   - directory: Where `config.json`, `certs` and the like are looked for; `nil` for the working directory.
    ///   - warn: Gets what is odd about the configuration file.
    /// - Throws: ``CommandFailure`` naming the setting and where it came from.
    package static func resolve(
        _ options: ConnectionOptions,
        routing: RoutingOptions = RoutingOptions(),
        queue: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        directory: String? = nil,
        warn: (String) -> Void
    ) throws(CommandFailure) -> ClientSettings {
        let source = SettingSource(environment: environment, directory: directory)
        let file = try source.configurationFile(options.config)
        for warning in file?.warnings ?? [] { warn(warning) }
        let server = try source.server(options.server, file)
        var connection = try configuration(options, source, server, file)
        connection.serverName = source.value(options.serverName, "CMQ_SERVER_NAME")
        connection.checksHostname = file?.checksHostname ?? true
        connection.allowsTLS12 = file?.allowsTLS12 ?? false
        let to = environment["CMQ_TO"].map { $0.split { $0 == "," || $0 == " " }.map(String.init) } ?? []
        return ClientSettings(
            connection: connection,
            file: file,
            exchange: source.value(routing.exchange, "CMQ_EXCHANGE"),
            routingKey: source.value(routing.routingKey, "CMQ_ROUTING_KEY"),
            queue: source.value(queue, "CMQ_QUEUE"),
            receivers: to.isEmpty ? file?.receivers ?? [] : to
        )
    }
}

extension ClientSettings {
    private static func configuration(
        _ options: ConnectionOptions,
        _ source: SettingSource,
        _ server: ServerAddress,
        _ file: ClientConfigurationFile?
    ) throws(CommandFailure) -> BrokerClientConfiguration {
        if options.plainTCP || file?.usesPlainTCP == true {
            return BrokerClientConfiguration(plainTCPHost: server.host, port: server.port)
        }
        let identity = try source.identity(options, file)
        return BrokerClientConfiguration(
            host: server.host,
            port: server.port,
            certificateAuthorityFile: identity.authority,
            certificateFile: identity.certificate,
            privateKeyFile: identity.key
        )
    }

    /// Who we are: the common name of our certificate.
    ///
    /// - Throws: ``CommandFailure`` naming the file that is missing or wrong.
    package func identity() throws(CommandFailure) -> String {
        do throws(BrokerClientError) {
            return try BrokerClient.identity(connection)
        } catch {
            throw CommandFailure(error)
        }
    }
}
