/// Why a connection to a broker, or a command on it, failed. The texts name files, hosts and remedies, never secrets.
public struct BrokerClientError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it was. Compare this, not the texts.
    public enum Code: String, Sendable, CaseIterable {
        /// A file of the configuration is missing or not what it should be.
        case configuration
        /// Nobody listens there, the host is unknown, or there is no way to it.
        case unreachable
        /// The broker's certificate does not convince us.
        case brokerNotTrusted = "broker_not_trusted"
        /// The broker does not accept our certificate.
        case certificateRefused = "certificate_refused"
        /// The TLS handshake failed for another reason.
        case handshakeFailed = "handshake_failed"
        /// The broker did not answer in time.
        case timeout
        /// The connection ended while it was in use.
        case connectionLost = "connection_lost"
        /// The connection was closed by this side.
        case closed
        /// The broker answered with something that is not in the protocol.
        case protocolViolation = "protocol_violation"
        /// The broker refused a command and said why.
        case refused
        /// The broker cannot tell keys just now: its database is away.
        case keysUnavailable = "keys_unavailable"
        /// The broker does not know the command: it is older than this client.
        case unknownCommand = "unknown_command"
        /// An argument cannot be sent: a name with a blank, a message that is too long.
        case invalidArgument = "invalid_argument"
        /// A message cannot be decrypted with our keys.
        case undecryptable
    }

    /// What kind of failure it was.
    public var code: Code
    /// What failed, in one line without a capital and without a full stop.
    public var message: String
    /// What to do about it, where that is known.
    public var remedy: String?

    /// Makes an error from its parts.
    public init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    /// The message, followed by the remedy.
    public var description: String {
        remedy.map { "\(message) (\($0))" } ?? message
    }
}

extension BrokerClientError: Equatable {
    /// Errors of one kind are equal, whatever their texts.
    public static func == (left: BrokerClientError, right: BrokerClientError) -> Bool {
        left.code == right.code
    }
}
