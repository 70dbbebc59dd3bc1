/// Client identities as small numbers, kept as long as something refers to them.
///
/// Identities come from certificates and from envelopes; counting references keeps a
/// publisher that invents receivers from filling the memory.
struct NameTable: Sendable {
    private var numbers: [String: UInt32] = [:]
    private(set) var entries = Slab<(name: String, references: Int)>()
    /// The number that was asked for last: messages in a row usually name the same receiver.
    private var last: UInt32?

    /// The number of `name`; each call must be paid back with ``release(_:)``.
    mutating func retain(_ name: String) -> UInt32 {
        if let last, entries[last].name == name {
            entries[last].references += 1
            return last
        }
        if let number = numbers[name] {
            entries[number].references += 1
            last = number
            return number
        }
        let number = entries.insert((name, 1))
        numbers[name] = number
        return number
    }

    mutating func retain(_ number: UInt32) {
        if number != none { entries[number].references += 1 }
    }

    mutating func release(_ number: UInt32) {
        guard number != none else { return }
        entries[number].references -= 1
        if entries[number].references == 0 {
            numbers[entries[number].name] = nil
            if last == number { last = nil }
            entries.remove(number, leaving: ("", 0))
        }
    }

    subscript(number: UInt32) -> String { entries[number].name }
}
