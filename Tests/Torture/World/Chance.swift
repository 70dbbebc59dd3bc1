/// Every decision of a run, from one seed (SplitMix64). What the processes make of it depends on the machine, too.
struct Chance {
    private var state: UInt64

    /// - Parameter name: Gives each part of a run decisions of its own.
    init(seed: UInt64, _ name: String) {
        state = name.utf8.reduce(seed &* 0x9E37_79B9_7F4A_7C15) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    mutating func oneIn(_ count: Int) -> Bool {
        next() % UInt64(count) == 0
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }

    /// Mostly small, sometimes large.
    mutating func skewed(upTo bound: Int) -> Int {
        let limit = within(1...bound)
        return within(1...limit)
    }

    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration {
        .milliseconds(within(range))
    }
}
