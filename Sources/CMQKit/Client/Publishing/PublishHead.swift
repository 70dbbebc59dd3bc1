package import CMQWire
internal import NIOCore

/// What stands before the envelope of a `publish` command: the same for every message of one destination.
package struct PublishHead: Sendable {
    /// `publish <exchange> <routing_key> `, with the blank at the end.
    package let bytes: [UInt8]

    /// - Throws: ``BrokerClientError`` with the code `invalid_argument` for names that cannot be sent.
    package init(exchange: String, routingKey: String) throws(BrokerClientError) {
        let line = try CommandEncoder.line("publish", [exchange, routingKey])
        bytes = line.readableBytesView.dropLast() + [UInt8(ascii: " ")]
    }
}

/// One `publish` command with its line end, and the ticket that its outcome will carry.
package struct OutgoingLine: Sendable {
    package var ticket: UInt64
    package var messageID: MessageID
    package var bytes: [UInt8]

    package init(ticket: UInt64, messageID: MessageID, bytes: [UInt8]) {
        self.ticket = ticket
        self.messageID = messageID
        self.bytes = bytes
    }
}
