package import CMQWire

/// What `--receipts` prints for a message that the broker has.
package struct Receipt {
    package var messageID: MessageID
    package var destination: Destination
    package var line: Int
    package var time: String

    package init(messageID: MessageID, destination: Destination, line: Int, time: String) {
        self.messageID = messageID
        self.destination = destination
        self.line = line
        self.time = time
    }

    /// Appends one JSON object and a line end.
    package func append(to output: inout [UInt8]) {
        output += Array("{\"message_id\":".utf8)
        JSONString.append(messageID.description, to: &output)
        output += Array(",\"line\":\(line),\"receiver\":".utf8)
        JSONString.append(destination.receiver, to: &output)
        output += Array(",\"exchange\":".utf8)
        JSONString.append(destination.exchange, to: &output)
        output += Array(",\"routing_key\":".utf8)
        JSONString.append(destination.routingKey, to: &output)
        output += Array(",\"acknowledged_time\":\"\(time)\"}\n".utf8)
    }
}
