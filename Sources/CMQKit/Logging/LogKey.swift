package import Logging

/// The names of the fields beside a log line's message.
package enum LogKey: String, CaseIterable, Sendable {
    /// The number of a connection in this run of the broker.
    case connection
    /// An identity: the common name of a certificate.
    case client
    /// The identity that a message is for.
    case receiver
    case queue
    case exchange
    case routingKey = "routing_key"
    /// The id of a message; `message` is the line's own text.
    case message = "message_id"
    /// Why something happened, in words.
    case reason
    /// The network address of a peer.
    case peer
    case port
    /// The word of a command of the protocol.
    case command
    case count
    case bytes
    case limit
    /// How long something took, with its unit.
    case duration
    case file
    case line
    /// A key of the configuration.
    case setting
    case remedy
    case version
    /// The serial number of a certificate.
    case serial
    case fingerprint
    case signal
    case process
}

extension Logger.Metadata {
    /// Metadata under the names of ``LogKey``.
    package init(_ fields: [LogKey: Logger.MetadataValue]) {
        self.init(minimumCapacity: fields.count)
        for (key, value) in fields { self[key.rawValue] = value }
    }

    package subscript(key: LogKey) -> Logger.MetadataValue? {
        get { self[key.rawValue] }
        set { self[key.rawValue] = newValue }
    }
}

extension Logger {
    /// A metadata field that every line of this logger carries.
    package subscript(key: LogKey) -> Logger.MetadataValue? {
        get { self[metadataKey: key.rawValue] }
        set { self[metadataKey: key.rawValue] = newValue }
    }
}
