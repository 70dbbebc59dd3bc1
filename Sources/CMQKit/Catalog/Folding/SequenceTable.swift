/// Finds a message by its number within a batch. The broker counts, so that the numbers of a batch mostly lie close
/// together: then they are places in an array, and nothing is hashed.
struct SequenceTable {
    /// How many places are worth an event.
    private static let placesPerEvent = 8

    private let lowest: UInt64
    private var places: [Int32]
    private var others: [UInt64: Int] = [:]

    init(_ events: [CatalogEvent]) {
        var lowest = UInt64.max
        var highest = UInt64.min
        for event in events {
            guard let sequence = event.message?.sequence else { continue }
            lowest = min(lowest, sequence)
            highest = max(highest, sequence)
        }
        self.lowest = lowest
        // Numbers far above the lowest, after an old message was acknowledged, go to the dictionary.
        let room = UInt64(events.count * Self.placesPerEvent)
        let count = lowest <= highest ? min(highest - lowest, room) + 1 : 0
        places = [Int32](repeating: -1, count: Int(count))
    }

    /// The index that `sequence` has; where it has none, `nil`, and from then on `new`.
    mutating func index(of sequence: UInt64, orInsert new: Int) -> Int? {
        let place = sequence - lowest
        guard place < UInt64(places.count) else {
            if let index = others[sequence] { return index }
            others[sequence] = new
            return nil
        }
        let index = places[Int(place)]
        if index >= 0 { return Int(index) }
        places[Int(place)] = Int32(new)
        return nil
    }
}
