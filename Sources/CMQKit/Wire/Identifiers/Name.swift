/// What names of queues, exchanges, routing keys and clients have in common on the wire.
package enum Name {
    /// Whether `bytes` have neither blanks nor control characters, so that they are one field of a line.
    package static func isPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
