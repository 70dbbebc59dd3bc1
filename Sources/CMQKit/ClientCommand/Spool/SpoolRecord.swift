internal import CMQSecrets
package import CMQWire

/// One message in a spool: a line of JSON with its destination, and either the sealed envelope or,
/// while the receiver's key is unknown, the plaintext in base64.
package struct SpoolRecord: Equatable, Sendable {
    package enum Body: Equatable, Sendable {
        case sealed([UInt8])
        case plaintext([UInt8])
    }

    package var messageID: MessageID
    package var destination: Destination
    package var line: Int
    package var body: Body

    package init(messageID: MessageID, destination: Destination, line: Int, body: Body) {
        self.messageID = messageID
        self.destination = destination
        self.line = line
        self.body = body
    }

    /// Appends the record as a line.
    package func append(to output: inout [UInt8]) {
        output += Array("{\"message_id\":".utf8)
        JSONString.append(messageID.description, to: &output)
        output += Array(",\"receiver\":".utf8)
        JSONString.append(destination.receiver, to: &output)
        output += Array(",\"exchange\":".utf8)
        JSONString.append(destination.exchange, to: &output)
        output += Array(",\"routing_key\":".utf8)
        JSONString.append(destination.routingKey, to: &output)
        output += Array(",\"line\":\(line),".utf8)
        switch body {
        case .sealed(let envelope):
            output += Array("\"envelope\":".utf8)
            output += envelope
        case .plaintext(let plaintext):
            output += Array("\"plaintext\":\"".utf8)
            output += Array(Base64.encode(plaintext).utf8)
            output.append(UInt8(ascii: "\""))
        }
        output += [UInt8(ascii: "}"), UInt8(ascii: "\n")]
    }

    /// - Parameter line: A record without its line end; `nil` when it is none, as after a crash.
    package init?(line text: UnsafeRawBufferPointer) {
        var fields: [String: UnsafeRawBufferPointer] = [:]
        do throws(JSONError) {
            try JSONObjectScanner.scan(text) { name, value in
                fields[String(decoding: name, as: UTF8.self)] = value
            }
        } catch {
            return nil
        }
        func string(_ name: String) -> String? { fields[name].flatMap { JSONString.decode($0) } }
        guard let id = string("message_id").flatMap({ MessageID($0) }), let receiver = string("receiver"),
            let exchange = string("exchange"), let routingKey = string("routing_key")
        else { return nil }
        messageID = id
        destination = Destination(receiver: receiver, exchange: exchange, routingKey: routingKey)
        line = fields["line"].flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
        if let envelope = fields["envelope"], envelope.first == UInt8(ascii: "{") {
            body = .sealed(Array(envelope))
        } else if let plaintext = string("plaintext").flatMap({ Base64.decode($0) }) {
            body = .plaintext(plaintext)
        } else {
            return nil
        }
    }
}
