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

    /// The first eight bytes as a number that sorts as they do; most texts differ in it.
    var prefix: UInt64 {
        var text = text
        return text.withUTF8 { bytes in
            var prefix: UInt64 = 0
            for index in 0..<8 { prefix = prefix << 8 | UInt64(index < bytes.count ? bytes[index] : 0) }
            return prefix
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
