/// Takes numbers and pieces off the front of what the fuzzer made; at the end there are only zeros.
struct FuzzInput {
    private(set) var remaining: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        remaining = bytes[...]
    }

    var isEmpty: Bool { remaining.isEmpty }

    mutating func byte() -> UInt8 { remaining.popFirst() ?? 0 }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value {
        var value: Value = 0
        for index in 0..<MemoryLayout<Value>.size {
            value |= Value(truncatingIfNeeded: byte()) << Value(truncatingIfNeeded: index * 8)
        }
        return value
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let piece = remaining.prefix(count)
        remaining = remaining.dropFirst(count)
        return Array(piece)
    }
}
