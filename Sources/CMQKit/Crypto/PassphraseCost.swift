internal import CSodium

/// What deriving a key from a passphrase costs: Argon2id (RFC 9106) on one lane.
public struct PassphraseCost: Hashable, Sendable {
    /// The memory in KiB.
    public let memoryKiB: Int
    /// How often the memory is passed over.
    public let passes: Int

    /// libsodium's moderate choice, 256 MiB and 3 passes: under a second on today's machines.
    public static let moderate = PassphraseCost(memoryKiB: 262_144, passes: 3)

    // A file must not be able to ask for all the memory or for hours. The lower bound is libsodium's.
    private static let memoryKiBRange = 8...1_048_576
    private static let passesRange = 1...16

    init(memoryKiB: Int, passes: Int) {
        self.memoryKiB = memoryKiB
        self.passes = passes
    }

    /// Reads `m=262144,t=3`; `nil` for any other form and for numbers out of bounds.
    init?(_ text: Substring) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2,
            let memoryKiB = Self.number(parts[0], after: "m="), Self.memoryKiBRange.contains(memoryKiB),
            let passes = Self.number(parts[1], after: "t="), Self.passesRange.contains(passes)
        else { return nil }
        self.init(memoryKiB: memoryKiB, passes: passes)
    }

    var text: String { "m=\(memoryKiB),t=\(passes)" }

    /// Digits without sign and leading zero: one text for one number.
    private static func number(_ text: Substring, after name: String) -> Int? {
        guard text.hasPrefix(name) else { return nil }
        let digits = text.dropFirst(name.count)
        guard digits.first != "0", digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            return nil
        }
        return Int(digits)
    }
}
