package import CMQWire

/// Decrypted messages of one batch, in one piece of memory.
package struct OpenedBatch {
    package struct Message {
        package let id: MessageID
        package let range: Range<Int>
    }

    package var plaintexts: [UInt8] = []
    package var messages: [Message] = []

    package init() {}

    /// Gives `body` each message in order.
    package func visit(_ body: (MessageID, UnsafeRawBufferPointer) -> Void) {
        plaintexts.withUnsafeBytes { bytes in
            for message in messages { body(message.id, UnsafeRawBufferPointer(rebasing: bytes[message.range])) }
        }
    }
}
