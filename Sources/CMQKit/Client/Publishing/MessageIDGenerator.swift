internal import CMQSecrets
package import CMQWire
internal import Glibc

/// Identities for new messages: UUIDs of version 7 (RFC 9562), whose first 48 bits are the time in
/// milliseconds, so that they sort by age and lie together in an index. 74 bits are random.
package struct MessageIDGenerator {
    private var random: [UInt8] = []
    private var used = 0

    package init() {}

    /// - Parameter milliseconds: The time since 1970.
    package mutating func next(milliseconds: UInt64) -> MessageID {
        if used + 10 > random.count {
            random = RandomBytes.make(count: 4_000)
            used = 0
        }
        var bytes: (UInt64, UInt64) = (0, 0)
        let identity = withUnsafeMutableBytes(of: &bytes) { uuid in
            for index in 0..<6 { uuid[index] = UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64(index))) }
            for index in 0..<10 { uuid[6 + index] = random[used + index] }
            uuid[6] = uuid[6] & 0x0F | 0x70
            uuid[8] = uuid[8] & 0x3F | 0x80
            return Self.text(UnsafeRawBufferPointer(uuid))
        }
        used += 10
        return identity
    }

    /// Milliseconds since 1970, now.
    package static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000 + UInt64(time.tv_nsec / 1_000_000)
    }

    private static func text(_ uuid: UnsafeRawBufferPointer) -> MessageID {
        withUnsafeTemporaryAllocation(byteCount: 36, alignment: 1) { text in
            var position = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    text[position] = UInt8(ascii: "-")
                    position += 1
                }
                text[position] = digit(uuid[index] >> 4)
                text[position + 1] = digit(uuid[index] & 15)
                position += 2
            }
            return MessageID(trusted: UnsafeRawBufferPointer(text))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
