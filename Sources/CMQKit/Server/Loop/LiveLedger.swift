internal import CMQJournal
internal import DequeModule

/// How many unsettled messages lie in each stretch of the journal, so that segments without any can go.
struct LiveLedger {
    private static let stretchBits: JournalPosition = 20
    private var first: JournalPosition = 0
    private var counts: Deque<Int32> = []

    mutating func add(_ position: JournalPosition) {
        let stretch = position >> Self.stretchBits
        if counts.isEmpty { first = stretch }
        while stretch < first {
            counts.prepend(0)
            first -= 1
        }
        while stretch >= first + JournalPosition(counts.count) { counts.append(0) }
        counts[Int(stretch - first)] += 1
    }

    mutating func remove(_ position: JournalPosition) {
        counts[Int((position >> Self.stretchBits) - first)] -= 1
        while counts.first == 0 {
            counts.removeFirst()
            first += 1
        }
    }

    /// Whether anything unsettled may lie in the segment. Messages right beside it count too.
    func isInUse(_ segment: JournalSegmentInfo) -> Bool {
        let low = max(segment.basePosition >> Self.stretchBits, first)
        let high = min((segment.endPosition - 1) >> Self.stretchBits + 1, first + JournalPosition(counts.count))
        guard low < high else { return false }
        return counts[Int(low - first)..<Int(high - first)].contains { $0 > 0 }
    }
}
