/// Writes envelopes that differ in message, nonce, tag and ciphertext only: what a session key's
/// messages have in common is put together once.
///
/// The caller writes the base64 text of the binary members between the calls:
/// ``appendStart(messageID:to:)``, the nonce, ``appendNext(_:to:)`` and a value as often as needed,
/// ``appendEnd(to:)``.
package struct EnvelopeEncoder: Sendable {
    // From the quote that ends the message identity to the quote that opens the nonce.
    private let middle: [UInt8]

    /// - Parameters:
    ///   - receiverClientID: Left out of the envelope when `nil`.
    ///   - encSessionKey: The sealed session key in base64.
    package init(receiverClientID: String?, encSessionKey: String) {
        var middle: [UInt8] = []
        if let receiverClientID {
            Self.appendNext(.receiverClientID, to: &middle)
            // The quote is there already.
            middle.removeLast()
            JSONString.append(receiverClientID, to: &middle)
            middle.removeLast()
        }
        Self.appendNext(.encSessionKey, to: &middle)
        middle.append(contentsOf: encSessionKey.utf8)
        Self.appendNext(.nonce, to: &middle)
        self.middle = middle
    }

    /// Appends everything up to the quote that opens the nonce.
    package func appendStart(messageID: MessageID, to output: inout [UInt8]) {
        Self.append("{\"", to: &output)
        Self.append(EnvelopeMember.messageID.name, to: &output)
        Self.append("\":\"", to: &output)
        messageID.withUTF8 { bytes in
            // An identity has no control characters: only these two need an escape.
            if bytes.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                for byte in bytes {
                    if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
                    output.append(byte)
                }
            } else {
                output.append(contentsOf: bytes)
            }
        }
        output.append(contentsOf: middle)
    }

    /// Ends a value and appends everything up to the quote that opens the value of `member`.
    package static func appendNext(_ member: EnvelopeMember, to output: inout [UInt8]) {
        append("\",\"", to: &output)
        append(member.name, to: &output)
        append("\":\"", to: &output)
    }

    /// Ends the last value and the envelope.
    package static func appendEnd(to output: inout [UInt8]) {
        append("\"}", to: &output)
    }

    private static func append(_ text: StaticString, to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
