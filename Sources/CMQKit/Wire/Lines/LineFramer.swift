internal import Glibc

/// Finds line ends in a growing buffer and never looks at a byte twice.
///
/// A line ends with `\n`; one `\r` before it belongs to the end. The framer holds no bytes:
/// the caller keeps what was not consumed in front of what arrives next.
package struct LineFramer: Sendable {
    package enum Step: Equatable {
        /// A whole line: its length without its end, and how many bytes it takes with it.
        case line(length: Int, consumed: Int)
        /// No line end yet.
        case needsMore
        /// More than `lineBytesMax` bytes without a line end, or a line of more than that.
        case tooLong
    }

    /// The longest line in bytes, without its end.
    package let lineBytesMax: Int
    private var searched = 0

    package init(lineBytesMax: Int) {
        self.lineBytesMax = lineBytesMax
    }

    /// Looks for the next line in `unread`, which starts where the last line ended.
    package mutating func next(in unread: UnsafeRawBufferPointer) -> Step {
        guard searched < unread.count, let base = unread.baseAddress else { return .needsMore }
        guard let found = memchr(base + searched, Int32(UInt8(ascii: "\n")), unread.count - searched) else {
            searched = unread.count
            // The byte that may be a \r of the line's end does not count yet.
            return searched > lineBytesMax + 1 ? .tooLong : .needsMore
        }
        searched = 0
        let end = UnsafeRawPointer(found) - base
        let length = end > 0 && unread[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
        return length > lineBytesMax ? .tooLong : .line(length: length, consumed: end + 1)
    }
}
