/// What a broker reads of an envelope: whose message it is, and for whom.
package struct EnvelopeHeader: Equatable {
    package var messageID: MessageID
    /// The identity that alone may receive the message, if one is named.
    package var receiver: String?

    /// Checks that `envelope` is one well-formed JSON object and reads its header.
    ///
    /// - Parameter receivers: Remembers who was named last.
    package static func read(
        _ envelope: UnsafeRawBufferPointer,
        receivers: inout TextMemo
    ) throws(EnvelopeFault) -> EnvelopeHeader {
        var fields = HeaderFields()
        do throws(JSONError) {
            try JSONObjectScanner.scan(envelope) { name, value in fields.note(name, value) }
        } catch {
            throw .json(error)
        }
        return try fields.header(&receivers)
    }

    /// Reads every envelope of a batch `[…]`; `body` gets each one's bytes and header.
    package static func readBatch(
        _ batch: UnsafeRawBufferPointer,
        receivers: inout TextMemo,
        body: (UnsafeRawBufferPointer, EnvelopeHeader) -> Void
    ) throws(EnvelopeFault) {
        var cursor = JSONCursor(batch)
        var fault: EnvelopeFault?
        do throws(JSONError) {
            try cursor.array { (cursor) throws(JSONError) in
                var fields = HeaderFields()
                cursor.skipBlanks()
                let start = cursor.offset
                try cursor.object(depth: 1) { (cursor, name) throws(JSONError) in
                    fields.note(name, try cursor.value(depth: 2))
                }
                guard fault == nil else { return }
                do throws(EnvelopeFault) {
                    body(cursor.slice(from: start), try fields.header(&receivers))
                } catch {
                    fault = error
                }
            }
            try cursor.expectEnd()
        } catch {
            throw .json(error)
        }
        if let fault { throw fault }
    }
}

/// Why an envelope is refused before it is looked at as a message.
package enum EnvelopeFault: Error, Equatable, CustomStringConvertible {
    case json(JSONError)
    case missing(field: String)
    case invalid(field: String)
    /// Two values for one field: sender, broker and receiver might each believe another one.
    case repeated(field: String)

    package var description: String {
        switch self {
        case .json(let error): error.description
        case .missing(let field): "missing field `\(field)`"
        case .invalid(let field): "invalid field `\(field)`"
        case .repeated(let field): "duplicate field `\(field)`"
        }
    }
}

private struct HeaderFields {
    private var messageID: UnsafeRawBufferPointer?
    private var receiver: UnsafeRawBufferPointer?
    private var repeated: String?

    mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        if name.equals("message_id") {
            if messageID != nil { repeated = "message_id" }
            messageID = value
        } else if name.equals("receiver_client_id") {
            if receiver != nil { repeated = "receiver_client_id" }
            receiver = value
        } else if name.contains(UInt8(ascii: "\\")), let plain = JSONString.unescape(name),
            plain == "message_id" || plain == "receiver_client_id"
        {
            // An escaped spelling would hide a second value from a reader that compares bytes.
            repeated = plain
        }
    }

    func header(_ receivers: inout TextMemo) throws(EnvelopeFault) -> EnvelopeHeader {
        if let repeated { throw .repeated(field: repeated) }
        guard let messageID else { throw .missing(field: "message_id") }
        guard let identity = Self.identity(messageID) else { throw .invalid(field: "message_id") }
        guard let receiver, !receiver.equals("null") else {
            return EnvelopeHeader(messageID: identity, receiver: nil)
        }
        guard let name = receivers.text(of: receiver, make: JSONString.decode), name.utf8.count <= 255 else {
            throw .invalid(field: "receiver_client_id")
        }
        return EnvelopeHeader(messageID: identity, receiver: name.isEmpty ? nil : name)
    }

    private static func identity(_ literal: UnsafeRawBufferPointer) -> MessageID? {
        guard literal.count >= 2, literal[0] == UInt8(ascii: "\"") else { return nil }
        let content = UnsafeRawBufferPointer(rebasing: literal[1..<(literal.count - 1)])
        guard content.contains(UInt8(ascii: "\\")) else { return MessageID(utf8: content) }
        return JSONString.unescape(content).flatMap { MessageID($0) }
    }
}
