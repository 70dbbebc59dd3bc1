package import ArgumentParser

/// The flags for connection and identity that `cmq-send`, `cmq-recv` and `cmq-admin` share.
package struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Read settings from FILE; config.json is read when it exists. [env: CMQ_CONFIG]",
            valueName: "file"
        )
    )
    package var config: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The broker, localhost:5672 if nothing else is said. [env: CMQ_SERVER]",
            valueName: "host:port"
        )
    )
    package var server: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The CA that signed the broker's certificate: certs/ca.crt. [env: CMQ_CA]",
            valueName: "file"
        )
    )
    package var ca: String?

    @Option(name: .long, help: ArgumentHelp("Our certificate. [env: CMQ_CERT]", valueName: "file"))
    package var cert: String?

    @Option(name: .long, help: ArgumentHelp("The private key of our certificate. [env: CMQ_KEY]", valueName: "file"))
    package var key: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Who we are: certs/clients/NAME/client.crt and client.key. The only folder there is the default. "
                + "[env: CMQ_IDENTITY]",
            valueName: "name"
        )
    )
    package var identity: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The name in the broker's certificate, if it is not the host's. [env: CMQ_SERVER_NAME]",
            valueName: "name"
        )
    )
    package var serverName: String?

    @Flag(
        name: .customLong("plain-tcp"),
        help: "Speak without TLS and without an identity, to a broker of CipherMQ 1.0 on this machine."
    )
    package var plainTCP = false

    package init() {}
}

/// The flags for the way of a message that `cmq-send` and `cmq-recv` share.
package struct RoutingOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The exchange. [env: CMQ_EXCHANGE]", valueName: "name"))
    package var exchange: String?

    @Option(name: .long, help: ArgumentHelp("The routing key. [env: CMQ_ROUTING_KEY]", valueName: "key"))
    package var routingKey: String?

    package init() {}
}
