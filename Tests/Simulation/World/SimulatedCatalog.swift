/// The projection: it applies durable records in batches, and its position is stored with them.
struct SimulatedCatalog {
    /// Everything before it is in the catalog.
    private(set) var position = 0
    var isAway = false
    /// The projector has to attach again, because a commit's outcome is unknown or the database was away.
    var isDetached = true
    /// Where the projector believes to be.
    private var readerPosition = 0
    private(set) var outages = 0
    private(set) var unknownCommits = 0

    mutating func leave() {
        isAway = true
        isDetached = true
        outages += 1
    }

    /// Attaches if need be and applies up to `count` records.
    ///
    /// - Returns: how far the loop may believe the catalog to be, or `nil` for no news.
    mutating func follow(
        _ journal: SimulatedJournal,
        count: Int,
        losesAnswer: Bool,
        bug: PlantedBug?
    ) throws(Violation) -> Int? {
        guard !isAway else { return nil }
        if isDetached {
            isDetached = false
            readerPosition = bug == .projectsTwice ? readerPosition : position
            return position
        }
        let end = min(readerPosition + count, journal.durable)
        guard end > readerPosition else { return nil }
        try require(
            readerPosition == position,
            .catalogAgrees,
            "records from \(readerPosition) are applied to a catalog that has everything before \(position)"
        )
        for record in readerPosition..<end {
            try require(
                !journal.isRetired(record),
                .catalogAgrees,
                "record \(record) was retired before the catalog had it"
            )
        }
        position = end
        if losesAnswer {
            isDetached = true
            unknownCommits += 1
            return nil
        }
        readerPosition = end
        return position
    }
}
