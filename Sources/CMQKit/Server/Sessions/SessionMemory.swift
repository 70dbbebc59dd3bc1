internal import Synchronization

/// What all sessions together make the broker hold, and its bound.
///
/// One half is for commands that wait for their answer: beyond it, sessions that hold more than a little are not read
/// from until others have been answered. The other half is for what only the peers can end, unfinished lines and lines
/// that they do not take: beyond it, sessions are given up, the largest one of whoever holds most. They lose nothing
/// that was acknowledged and may come back.
final class SessionMemory: Sendable {
    /// A session that holds no more than this is always read from.
    static let smallBytes = 16 << 10

    /// What each of the two may take.
    private let half: Int
    private let unanswered = Atomic(0)
    private let owed = Atomic(0)
    private let isTight = Atomic(false)
    /// One thread at a time chooses whom to give up.
    private let evictions = Mutex(())
    private let flows = Mutex<[ObjectIdentifier: SessionFlow]>([:])

    /// - Parameter lineBytesMax: One line of this length fits, whatever the limit is.
    init(limit: Int, lineBytesMax: Int) {
        half = max(limit / 2, lineBytesMax)
    }

    /// Bytes that all sessions hold.
    var bytes: Int { unanswered.load(ordering: .relaxed) + owed.load(ordering: .relaxed) }

    /// Whether a session that holds `bytes` bytes has to wait.
    func holdsBack(_ bytes: Int) -> Bool {
        bytes > Self.smallBytes && isTight.load(ordering: .acquiring)
    }

    func add(_ flow: SessionFlow) {
        flows.withLock { $0[ObjectIdentifier(flow)] = flow }
    }

    func remove(_ flow: SessionFlow) {
        flows.withLock { $0[ObjectIdentifier(flow)] = nil }
    }

    /// Counts what changed at one session, whose lock must not be held.
    func change(unanswered: Int, owed: Int) {
        if unanswered != 0 { changeUnanswered(by: unanswered) }
        if owed != 0, self.owed.add(owed, ordering: .acquiringAndReleasing).newValue > half, owed > 0 { giveUp() }
    }

    private func changeUnanswered(by delta: Int) {
        var bytes = unanswered.add(delta, ordering: .acquiringAndReleasing).newValue
        if delta > 0, bytes > half {
            isTight.store(true, ordering: .sequentiallyConsistent)
            // Others may have been answered since, and have found it not tight.
            bytes = unanswered.load(ordering: .sequentiallyConsistent)
        }
        // Half of it between stop and go, so that it does not flutter.
        if bytes <= half / 2, isTight.load(ordering: .relaxed),
            isTight.exchange(false, ordering: .sequentiallyConsistent)
        {
            for flow in flows.withLock({ Array($0.values) }) { flow.review() }
        }
    }

    /// Gives up sessions until the others have room.
    private func giveUp() {
        evictions.withLock { _ in
            var holders = Dictionary(grouping: flows.withLock { Array($0.values) }, by: \.identity)
                .mapValues { $0.map { (flow: $0, bytes: $0.owedBytes) }.sorted { $0.bytes < $1.bytes } }
            while owed.load(ordering: .acquiring) > half,
                let greediest = holders.max(by: { Self.sum($0.value) < Self.sum($1.value) })?.key,
                let flow = holders[greediest]?.popLast()?.flow
            {
                flow.giveUp()
                if holders[greediest]?.isEmpty == true { holders[greediest] = nil }
            }
        }
    }

    private static func sum(_ held: [(flow: SessionFlow, bytes: Int)]) -> Int {
        held.reduce(0) { $0 + $1.bytes }
    }
}
