package import CMQWire

/// The standard form of a plaintext: `{"message_id", "sender_id", "sent_timestamp", "content"}`.
package struct StandardMessage {
    private let afterIdentity: [UInt8]
    private var afterTime: [UInt8] = []

    package init(senderID: String) {
        var text = Array("\",\"sender_id\":".utf8)
        JSONString.append(senderID, to: &text)
        text += Array(",\"sent_timestamp\":\"".utf8)
        afterIdentity = text
    }

    /// Sets the time for the messages that follow.
    package mutating func setTimestamp(_ timestamp: String) {
        afterTime = afterIdentity + Array(timestamp.utf8) + Array("\",\"content\":".utf8)
    }

    /// Appends a message around `content`, which must be one JSON value.
    package func append(_ id: MessageID, content: UnsafeRawBufferPointer, to plaintext: inout [UInt8]) {
        plaintext.append(contentsOf: Self.start)
        // Identities that we make have nothing to escape.
        id.withUTF8 { plaintext.append(contentsOf: $0) }
        plaintext.append(contentsOf: afterTime)
        plaintext.append(contentsOf: content)
        plaintext.append(UInt8(ascii: "}"))
    }

    private static let start = Array("{\"message_id\":\"".utf8)
}
