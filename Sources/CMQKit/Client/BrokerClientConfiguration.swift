/// How to reach a broker, and who we are.
public struct BrokerClientConfiguration: Sendable {
    /// The broker's host name or address.
    public var host: String
    /// The broker's TCP port.
    public var port: Int
    /// Whether the connection is made with TLS. Without, for brokers of 1.0, there is no identity, and ``host``
    /// must be this machine.
    public var usesTLS = true
    /// The PEM file with the authority that signed the broker's certificate.
    public var certificateAuthorityFile: String
    /// The PEM file with our certificate; its common name is our identity.
    public var certificateFile: String
    /// The PEM file with the private key of our certificate.
    public var privateKeyFile: String
    /// The name that the broker's certificate must carry; ``host`` when `nil`.
    public var serverName: String?
    /// Whether the certificate must carry the name. The chain up to the authority is verified in any case.
    public var checksHostname = true
    /// Whether TLS 1.2 is good enough; otherwise it is 1.3 or nothing.
    public var allowsTLS12 = false
    /// How long connecting may take, up to the broker's first answer.
    public var connectTimeout = Duration.seconds(10)
    /// How long the broker may leave commands without any answer before the connection counts as lost.
    public var replyTimeout = Duration.seconds(10)
    /// After how much silence of ours a heartbeat is sent.
    public var heartbeatInterval = Duration.seconds(30)
    /// The most messages that are published and not yet answered.
    public var publishWindow = 1_000
    /// The most bytes of published messages that are not yet answered.
    public var publishWindowBytes = 64 << 20
    /// The longest line in bytes that is accepted from the broker.
    public var lineBytesMax = 32 << 20
    /// The most bytes of received messages that wait to be taken before reading from the broker pauses.
    public var deliveryBytesMax = 64 << 20

    /// Makes a configuration with the defaults for everything that is not named.
    public init(
        host: String,
        port: Int,
        certificateAuthorityFile: String,
        certificateFile: String,
        privateKeyFile: String
    ) {
        self.host = host
        self.port = port
        self.certificateAuthorityFile = certificateAuthorityFile
        self.certificateFile = certificateFile
        self.privateKeyFile = privateKeyFile
    }

    /// Makes a configuration for a broker on this machine that speaks plain TCP.
    public init(plainTCPHost host: String, port: Int) {
        self.init(host: host, port: port, certificateAuthorityFile: "", certificateFile: "", privateKeyFile: "")
        usesTLS = false
    }

    /// Whether ``host`` is this machine, as far as its name tells.
    var isLoopback: Bool {
        host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.split(separator: ".").allSatisfy { UInt8($0) != nil })
    }

    /// Host and port as they appear in messages; an IPv6 address in brackets.
    package var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
