/// One copy of a message.
package struct CopyReference: Sendable, Equatable {
    /// The broker's number of the message.
    package var sequence: UInt64
    package var messageID: String
    /// The queue that the copy is in; for a dead one either its dead-letter queue or the one it came from.
    package var queue: String

    package init(sequence: UInt64, messageID: String, queue: String) {
        self.sequence = sequence
        self.messageID = messageID
        self.queue = queue
    }
}
