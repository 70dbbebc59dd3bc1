internal import Glibc

/// A text that equals another one only byte by byte, as databases compare. Swift's own comparison takes different
/// encodings of the same characters for equal.
struct ExactText: Hashable, Comparable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: ExactText, right: ExactText) -> Bool {
        order(left, right) == 0
    }

    static func < (left: ExactText, right: ExactText) -> Bool {
        order(left, right) < 0
    }

    /// The first bytes as numbers that sort as they do. Most texts differ in them: UUIDs that were made one after the
    /// other, as those of version 7 are, agree in the first fourteen bytes or so.
    struct Prefix: Comparable {
        var first: UInt64
        var second: UInt64
        var third: UInt64

        static func < (left: Prefix, right: Prefix) -> Bool {
            if left.first != right.first { return left.first < right.first }
            if left.second != right.second { return left.second < right.second }
            return left.third < right.third
        }
    }

    var prefix: Prefix {
        var text = text
        return text.withUTF8 { bytes in
            var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
            withUnsafeMutableBytes(of: &words) { words in
                let start = UnsafeRawBufferPointer(bytes).prefix(words.count)
                words.copyMemory(from: UnsafeRawBufferPointer(rebasing: start))
            }
            return Prefix(
                first: UInt64(bigEndian: words.0),
                second: UInt64(bigEndian: words.1),
                third: UInt64(bigEndian: words.2)
            )
        }
    }

    /// Negative, zero or positive, as the left one comes before, with or after the right one.
    private static func order(_ left: ExactText, _ right: ExactText) -> Int {
        var (left, right) = (left.text, right.text)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                if let first = left.baseAddress, let second = right.baseAddress {
                    let order = memcmp(first, second, min(left.count, right.count))
                    if order != 0 { return Int(order) }
                }
                return left.count - right.count
            }
        }
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
