/// Standard base64 with padding (RFC 4648, section 4), strict: exactly one text stands for given bytes.
///
/// Neither direction looks anything up by a byte's value or branches on it before the end,
/// so keys may pass through as well as payloads.
package enum Base64 {
    /// The length of the text for `count` bytes.
    package static func encodedCount(_ count: Int) -> Int {
        (count + 2) / 3 * 4
    }

    /// The number of bytes that `text` stands for, judged by its length and padding only;
    /// `nil` when no base64 text has that length.
    package static func decodedCount(_ text: UnsafeRawBufferPointer) -> Int? {
        guard text.count % 4 == 0 else { return nil }
        guard text.count > 0 else { return 0 }
        let padding = text[text.count - 1] == pad ? (text[text.count - 2] == pad ? 2 : 1) : 0
        return text.count / 4 * 3 - padding
    }

    /// Writes the text for `bytes` to the start of `text`, which must have room for it, and
    /// returns its length.
    @discardableResult
    package static func encode(_ bytes: UnsafeRawBufferPointer, into text: UnsafeMutableRawBufferPointer) -> Int {
        let length = encodedCount(bytes.count)
        precondition(text.count >= length, "no room for \(length) characters of base64")
        guard let source = bytes.baseAddress, let target = text.baseAddress else { return 0 }
        var read = 0
        var written = 0
        // A load takes two bytes more than the six that it uses.
        while bytes.count - read >= 8 {
            let word = UInt64(bigEndian: source.loadUnaligned(fromByteOffset: read, as: UInt64.self))
            target.storeBytes(of: characters(spread(word >> 16)).bigEndian, toByteOffset: written, as: UInt64.self)
            read += 6
            written += 8
        }
        while read < bytes.count {
            let count = min(6, bytes.count - read)
            var word: UInt64 = 0
            for index in 0..<count { word |= UInt64(bytes[read + index]) << UInt64(40 - index * 8) }
            let group = characters(spread(word))
            let used = (count * 8 + 5) / 6
            for index in 0..<used { text[written + index] = UInt8(truncatingIfNeeded: group >> UInt64(56 - index * 8)) }
            read += count
            written += used
        }
        while written < length {
            text[written] = pad
            written += 1
        }
        return length
    }

    /// Writes what `text` stands for to the start of `bytes`, which must have room for it, and
    /// returns its length; `nil` when `text` is not canonical base64, with an unspecified part of
    /// `bytes` overwritten.
    package static func decode(_ text: UnsafeRawBufferPointer, into bytes: UnsafeMutableRawBufferPointer) -> Int? {
        guard let length = decodedCount(text) else { return nil }
        precondition(bytes.count >= length, "no room for \(length) bytes")
        guard let source = text.baseAddress, let target = bytes.baseAddress else { return length == 0 ? 0 : nil }
        var read = 0
        var written = 0
        // Bits that are set where something is wrong.
        var wrong: UInt64 = 0
        // A store writes two bytes more than the six that count.
        while length - written >= 8 {
            let characters = UInt64(bigEndian: source.loadUnaligned(fromByteOffset: read, as: UInt64.self))
            let sextets = sextets(characters, wrong: &wrong)
            target.storeBytes(of: (gather(sextets) << 16).bigEndian, toByteOffset: written, as: UInt64.self)
            read += 8
            written += 6
        }
        let end = text.count - (text.count / 4 * 3 - length)
        while read < end {
            let used = min(8, end - read)
            // What is missing is filled up with the character for zero.
            var characters = lanes(UInt8(ascii: "A"))
            for index in 0..<used {
                let shift = UInt64(56 - index * 8)
                characters = characters & ~(0xFF << shift) | UInt64(text[read + index]) << shift
            }
            let word = gather(sextets(characters, wrong: &wrong))
            let count = used * 6 / 8
            for index in 0..<count {
                bytes[written + index] = UInt8(truncatingIfNeeded: word >> UInt64(40 - index * 8))
            }
            // Bits that belong to no byte must be zero, or many texts would mean the same.
            wrong |= word & ((1 << UInt64(48 - count * 8)) - 1)
            read += used
            written += count
        }
        return wrong == 0 ? length : nil
    }

    private static let pad = UInt8(ascii: "=")

    // Eight values of at most seven bits are worked on at once, one in each byte of a word, the first
    // in the highest byte. Sums stay below 256, so that no byte carries into the next.

    @inline(__always)
    private static func lanes(_ value: UInt8) -> UInt64 {
        UInt64(value) &* 0x0101_0101_0101_0101
    }

    /// The highest bit of each byte whose value is above `limit`.
    @inline(__always)
    private static func above(_ limit: UInt8, _ values: UInt64) -> UInt64 {
        (values &+ lanes(127 - limit)) & lanes(0x80)
    }

    /// `amount`, below 128, in each byte whose highest bit is set in `mask`.
    @inline(__always)
    private static func select(_ amount: UInt8, where mask: UInt64) -> UInt64 {
        (mask &- (mask >> 7)) & lanes(amount)
    }

    /// 48 bits as eight values of six.
    @inline(__always)
    private static func spread(_ bits: UInt64) -> UInt64 {
        let halves = (bits << 8) & 0x00FF_FFFF_0000_0000 | bits & 0xFF_FFFF
        let quarters = (halves << 4) & 0x0FFF_0000_0FFF_0000 | halves & 0x0FFF_0000_0FFF
        return (quarters << 2) & 0x3F00_3F00_3F00_3F00 | quarters & 0x003F_003F_003F_003F
    }

    /// The inverse of ``spread(_:)``.
    @inline(__always)
    private static func gather(_ values: UInt64) -> UInt64 {
        let quarters = (values & 0x3F00_3F00_3F00_3F00) >> 2 | values & 0x003F_003F_003F_003F
        let halves = (quarters & 0x0FFF_0000_0FFF_0000) >> 4 | quarters & 0x0FFF_0000_0FFF
        return (halves & 0x00FF_FFFF_0000_0000) >> 8 | halves & 0xFF_FFFF
    }

    /// The characters for eight values below 64.
    @inline(__always)
    private static func characters(_ values: UInt64) -> UInt64 {
        // Each range is as far from its characters as the range before it, and this much more or less.
        values &+ lanes(UInt8(ascii: "A"))
            &+ select(6, where: above(25, values)) &+ select(3, where: above(62, values))
            &- select(75, where: above(51, values)) &- select(15, where: above(61, values))
    }

    /// The values of eight characters; sets bits of `wrong` when one is not in the alphabet.
    @inline(__always)
    private static func sextets(_ characters: UInt64, wrong: inout UInt64) -> UInt64 {
        let text = characters & lanes(0x7F)
        let upper = inside("A", "Z", text)
        let lower = inside("a", "z", text)
        let digit = inside("0", "9", text)
        let plus = inside("+", "+", text)
        let slash = inside("/", "/", text)
        wrong |= (characters | ~(upper | lower | digit | plus | slash)) & lanes(0x80)
        let raised = text &+ select(4, where: digit) &+ select(19, where: plus) &+ select(16, where: slash)
        return raised &- select(65, where: upper) &- select(71, where: lower)
    }

    /// The highest bit of each byte whose value is in a range of characters.
    @inline(__always)
    private static func inside(_ first: Unicode.Scalar, _ last: Unicode.Scalar, _ values: UInt64) -> UInt64 {
        above(UInt8(ascii: first) - 1, values) & ~above(UInt8(ascii: last), values)
    }
}
