internal import CMQWire
internal import NIOCore

/// Writes commands as lines; nothing that could end a line early gets through.
enum CommandEncoder {
    /// A command of fields that are separated by blanks.
    ///
    /// - Throws: ``BrokerClientError`` with the code `invalid_argument` for an empty field or one with
    ///   blanks or control characters.
    static func line(_ verb: StaticString, _ fields: [String]) throws(BrokerClientError) -> ByteBuffer {
        var line = ByteBuffer()
        line.writeStaticString(verb)
        for field in fields {
            guard isField(field) else {
                throw BrokerClientError(
                    .invalidArgument,
                    "'\(field)' cannot be a name on the wire",
                    remedy: "names have at least one character, no blanks and no control characters"
                )
            }
            line.writeInteger(UInt8(ascii: " "))
            line.writeString(field)
        }
        line.writeInteger(UInt8(ascii: "\n"))
        return line
    }

    static func isField(_ field: String) -> Bool {
        var field = field
        return field.withUTF8 { !$0.isEmpty && Name.isPlain(UnsafeRawBufferPointer($0)) }
    }

    /// `<verb> <id>` for each identity.
    static func lines(_ verb: StaticString, _ ids: some Collection<MessageID>) -> ByteBuffer {
        var lines = ByteBuffer()
        lines.reserveCapacity(ids.count * (verb.utf8CodeUnitCount + 38))
        for id in ids {
            lines.writeStaticString(verb)
            lines.writeInteger(UInt8(ascii: " "))
            _ = id.withUTF8 { lines.writeBytes($0) }
            lines.writeInteger(UInt8(ascii: "\n"))
        }
        return lines
    }
}
