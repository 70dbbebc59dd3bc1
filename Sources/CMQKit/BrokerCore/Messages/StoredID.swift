internal import CMQWire

/// A message's identity in sixteen bytes, where it fits.
///
/// UUIDs in text form, all of one case, are kept as their bits, texts of up to 15 bytes as they are. Others are
/// kept aside by ``MessageStore``.
struct StoredID: Equatable {
    enum Kind: UInt8 {
        case text = 0
        case lowerUUID = 1
        case upperUUID = 2
        /// `first` is its number among the long ones.
        case aside = 3
    }

    var kind: Kind
    var first: UInt64
    var second: UInt64

    private static let uuidBytes = 36
    private static let textBytesMax = 15

    init(kind: Kind, first: UInt64, second: UInt64) {
        self.kind = kind
        self.first = first
        self.second = second
    }

    /// `nil` when the identity does not fit.
    init?(_ id: MessageID) {
        let fitting = id.withUTF8 { bytes in
            bytes.count <= Self.textBytesMax ? StoredID(text: bytes) : StoredID(uuid: bytes)
        }
        guard let fitting else { return nil }
        self = fitting
    }

    private init(text: UnsafeRawBufferPointer) {
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { inline in
            inline.copyMemory(from: text)
            inline[Self.textBytesMax] = UInt8(text.count)
        }
        self.init(kind: .text, first: words.0, second: words.1)
    }

    private init?(uuid text: UnsafeRawBufferPointer) {
        let hyphen = UInt8(ascii: "-")
        guard text.count == Self.uuidBytes,
            text[8] == hyphen, text[13] == hyphen, text[18] == hyphen, text[23] == hyphen
        else { return nil }
        func piece(_ offset: Int) -> UInt64 {
            UInt64(UInt32(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
        let digits = (
            piece(0) | piece(4) << 32, piece(9) | piece(14) << 32,
            piece(19) | piece(24) << 32, piece(28) | piece(32) << 32
        )
        guard
            let fitting = StoredID(.lowerUUID, HexDigits.lower, digits) ?? StoredID(.upperUUID, HexDigits.upper, digits)
        else { return nil }
        self = fitting
    }

    private init?(_ kind: Kind, _ letters: HexDigits, _ digits: (UInt64, UInt64, UInt64, UInt64)) {
        guard let one = letters.value(of: digits.0), let two = letters.value(of: digits.1),
            let three = letters.value(of: digits.2), let four = letters.value(of: digits.3)
        else { return nil }
        self.init(kind: kind, first: one | two << 32, second: three | four << 32)
    }

    /// The identity as its sender wrote it; `nil` for one that is kept aside.
    var text: MessageID? {
        switch kind {
        case .text:
            withUnsafeBytes(of: (first, second)) { inline in
                let count = Int(inline[Self.textBytesMax])
                return MessageID(trusted: UnsafeRawBufferPointer(rebasing: inline[..<count]))
            }
        case .lowerUUID: uuid(HexDigits.lower)
        case .upperUUID: uuid(HexDigits.upper)
        case .aside: nil
        }
    }

    private func uuid(_ letters: HexDigits) -> MessageID {
        let digits = (
            letters.text(of: first), letters.text(of: first >> 32),
            letters.text(of: second), letters.text(of: second >> 32)
        )
        return withUnsafeTemporaryAllocation(byteCount: Self.uuidBytes, alignment: 8) { text in
            func put(_ piece: UInt64, at offset: Int) {
                let bytes = UInt32(truncatingIfNeeded: piece).littleEndian
                text.storeBytes(of: bytes, toByteOffset: offset, as: UInt32.self)
            }
            for offset in [8, 13, 18, 23] { text[offset] = UInt8(ascii: "-") }
            put(digits.0, at: 0)
            put(digits.0 >> 32, at: 4)
            put(digits.1, at: 9)
            put(digits.1 >> 32, at: 14)
            put(digits.2, at: 19)
            put(digits.2 >> 32, at: 24)
            put(digits.3, at: 28)
            put(digits.3 >> 32, at: 32)
            return MessageID(trusted: UnsafeRawBufferPointer(text))
        }
    }
}

/// Eight hexadecimal digits at once, in the bytes of one word, the first digit in the lowest.
private struct HexDigits {
    /// How far the letters lie behind the digits in ASCII.
    let letterOffset: UInt64

    static let lower = HexDigits(letterOffset: UInt64(UInt8(ascii: "a") - UInt8(ascii: "9") - 1))
    static let upper = HexDigits(letterOffset: UInt64(UInt8(ascii: "A") - UInt8(ascii: "9") - 1))

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// 32 bits, or `nil` when a character is no digit of this case.
    func value(of text: UInt64) -> UInt64? {
        let values = (text & (0x0F * Self.ones)) + (text >> 6 & Self.ones) * 9
        guard values & (0xF0 * Self.ones) == 0, spelled(values) == text else { return nil }
        var packed = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        packed = (packed | packed >> 8) & 0x0000_FFFF_0000_FFFF
        return (packed | packed >> 16) & 0xFFFF_FFFF
    }

    /// The digits of the lower 32 bits.
    func text(of value: UInt64) -> UInt64 {
        var spread = value & 0xFFFF_FFFF
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        return spelled((spread >> 4 & 0x000F_000F_000F_000F) | (spread & 0x000F_000F_000F_000F) << 8)
    }

    private func spelled(_ values: UInt64) -> UInt64 {
        let letters = (values + 6 * Self.ones) >> 4 & Self.ones
        return values + UInt64(UInt8(ascii: "0")) * Self.ones + letters * letterOffset
    }
}
