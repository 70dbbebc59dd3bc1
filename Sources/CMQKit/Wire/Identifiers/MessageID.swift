/// The identity of a message, chosen by its sender: 1 to 255 bytes of UTF-8 without blanks
/// and control characters.
///
/// Up to 39 bytes, which covers UUIDs in text form, are held inline: brokers keep millions of them.
public struct MessageID: Hashable, Sendable {
    // The inline form: 39 bytes of text, zero padded, and its length in the last byte.
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64)
    private var long: LongText?

    private final class LongText: Sendable {
        let bytes: [UInt8]
        init(_ bytes: [UInt8]) { self.bytes = bytes }
    }

    private static let inlineBytesMax = 39

    /// The most bytes that an identity may have.
    public static let bytesMax = 255

    /// `nil` when `text` is empty, too long, or has blanks or control characters.
    public init?(_ text: some StringProtocol) {
        var text = String(text)
        let identity = text.withUTF8 { MessageID(utf8: UnsafeRawBufferPointer($0)) }
        guard let identity else { return nil }
        self = identity
    }

    /// `nil` when `bytes`, which must be UTF-8, are too few, too many, or have blanks or control characters.
    package init?(utf8 bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty, bytes.count <= Self.bytesMax, Name.isPlain(bytes) else { return nil }
        self.init(trusted: bytes)
    }

    /// Bytes that were checked before: read back from the journal, for example.
    package init(trusted bytes: UnsafeRawBufferPointer) {
        words = (0, 0, 0, 0, 0)
        if bytes.count <= Self.inlineBytesMax {
            withUnsafeMutableBytes(of: &words) { inline in
                inline.copyMemory(from: bytes)
                inline[Self.inlineBytesMax] = UInt8(truncatingIfNeeded: bytes.count)
            }
        } else {
            long = LongText(Array(bytes))
        }
    }

    /// The number of bytes of the text.
    package var count: Int {
        if let long { return long.bytes.count }
        return Int(withUnsafeBytes(of: words) { $0[Self.inlineBytesMax] })
    }

    /// Gives `body` the text for the time of the call.
    package func withUTF8<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        if let long { return try long.bytes.withUnsafeBytes(body) }
        return try withUnsafeBytes(of: words) { inline in
            try body(UnsafeRawBufferPointer(rebasing: inline[..<Int(inline[Self.inlineBytesMax])]))
        }
    }

    public static func == (left: MessageID, right: MessageID) -> Bool {
        left.words == right.words && left.long?.bytes == right.long?.bytes
    }

    public func hash(into hasher: inout Hasher) {
        if let long {
            hasher.combine(long.bytes)
        } else {
            withUnsafeBytes(of: words) { hasher.combine(bytes: $0) }
        }
    }
}

extension MessageID: CustomStringConvertible {
    /// The text as the sender chose it.
    public var description: String {
        withUTF8 { String(decoding: $0, as: UTF8.self) }
    }
}
