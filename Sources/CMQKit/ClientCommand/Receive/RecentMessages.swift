package import CMQWire

/// The identities of messages that were dealt with, so that a second delivery is noticed. An identity
/// takes 16 bytes: a hash of 128 bits under keys of this process, which nobody outside can aim at.
package struct RecentMessages {
    private struct Digest: Hashable {
        let first: UInt64
        let second: UInt64

        init(_ id: MessageID) {
            first = Self.hash(id, 0)
            second = Self.hash(id, 1)
        }

        private static func hash(_ id: MessageID, _ salt: UInt8) -> UInt64 {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(id)
            return UInt64(bitPattern: Int64(hasher.finalize()))
        }
    }

    private let countMax: Int?
    private var current: Set<Digest> = []
    private var previous: Set<Digest> = []

    /// - Parameter countMax: How many are kept at least; twice as many at most. `nil` keeps all.
    package init(countMax: Int?) {
        self.countMax = countMax
    }

    package func contains(_ id: MessageID) -> Bool {
        let digest = Digest(id)
        return current.contains(digest) || previous.contains(digest)
    }

    /// Notes an identity; says whether it is new.
    @discardableResult
    package mutating func insert(_ id: MessageID) -> Bool {
        let digest = Digest(id)
        guard !current.contains(digest), !previous.contains(digest) else { return false }
        if let countMax, current.count >= countMax {
            previous = current
            current = []
        }
        current.insert(digest)
        return true
    }
}
