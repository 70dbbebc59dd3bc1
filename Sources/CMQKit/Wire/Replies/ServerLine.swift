internal import Glibc

/// One line from the broker as a client sees it. The slices point into the line and live as long as it does.
package enum ServerLine {
    /// A message that was pushed or fetched.
    case message(id: UnsafeRawBufferPointer, envelope: UnsafeRawBufferPointer)
    case ack(id: UnsafeRawBufferPointer)
    case ackConfirmed(id: UnsafeRawBufferPointer)
    /// Everything else is the answer to the oldest command without one.
    case reply(UnsafeRawBufferPointer)

    /// - Parameter line: One line without its end.
    package static func parse(_ line: UnsafeRawBufferPointer) -> ServerLine {
        if let rest = line.dropping("ACK_CONFIRMED ") { return .ackConfirmed(id: rest) }
        if let rest = line.dropping("ACK ") { return .ack(id: rest) }
        if let rest = line.dropping("Message: ") {
            var fields = FieldReader(rest)
            if let id = fields.next(), let envelope = fields.rest() { return .message(id: id, envelope: envelope) }
        }
        return .reply(line)
    }
}

extension UnsafeRawBufferPointer {
    /// What follows `prefix`, or `nil` when the bytes do not start with it.
    package func dropping(_ prefix: StaticString) -> UnsafeRawBufferPointer? {
        let length = prefix.utf8CodeUnitCount
        guard count >= length, let baseAddress, memcmp(baseAddress, prefix.utf8Start, length) == 0 else { return nil }
        return UnsafeRawBufferPointer(rebasing: self[length...])
    }
}
