/// A connection, as the core knows it. Numbers are never used again while the broker runs.
package struct SessionID: Hashable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }
}
