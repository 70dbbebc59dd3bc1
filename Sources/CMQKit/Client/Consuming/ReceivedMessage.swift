public import CMQWire
package import NIOCore

/// A message as it came from a queue, still encrypted. It is leased to this connection until it is
/// acknowledged, released or rejected, or the connection ends.
public struct ReceivedMessage: Sendable {
    /// The identity that its sender gave it; the same one again is the same message again.
    public let messageID: MessageID
    /// The envelope's bytes: a part of what one read from the network brought.
    package let envelope: ByteBuffer

    package init(messageID: MessageID, envelope: ByteBuffer) {
        self.messageID = messageID
        self.envelope = envelope
    }

    /// The envelope, one JSON object, as bytes.
    public var envelopeBytes: [UInt8] { Array(envelope.readableBytesView) }

    /// Gives `body` the envelope for the time of the call.
    package func withEnvelope<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try envelope.withUnsafeReadableBytes(body)
    }
}
