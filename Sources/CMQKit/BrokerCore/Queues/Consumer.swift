/// One session's subscription to one queue, or the leases of its `fetch` commands.
struct Consumer {
    let session: SessionID
    let queue: UInt32
    let identity: UInt32
    /// The most copies that it may hold; 0 for what `fetch` leases.
    var prefetch: Int
    var leases = 0
    /// The oldest and the newest copy that it holds.
    var firstLease = none
    var lastLease = none
    /// Where it stands in line, so that no line has it twice.
    var waitsForAddressed = false
    var waitsForAny = false

    var isSubscription: Bool { prefetch > 0 }

    static let vacant = Consumer(session: SessionID(0), queue: none, identity: none, prefetch: 0)
}
