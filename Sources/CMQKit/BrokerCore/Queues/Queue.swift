internal import DequeModule

struct Queue {
    let name: String
    /// Whether it collects dead letters: then nothing in it expires or is dead-lettered again.
    var isDeadLetterQueue = false
    /// Ready copies by the identity that may have them; ``none`` is for anybody.
    var lanes: [UInt32: Lane] = [:]
    /// Whether it got messages that are to be handed out at the end of this commit.
    var isTouched = false
    /// Copies that are staged, ready or leased.
    var messages = 0
    var bytes = 0
    var leased = 0
    var consumers: [UInt32] = []
    /// Consumers that may have credit, next one first; by identity, and all of them for unaddressed messages.
    var turns: [UInt32: Deque<UInt32>] = [:]

    init(name: String) {
        self.name = name
        isDeadLetterQueue = name.hasSuffix(Self.deadLetterSuffix)
    }

    static let deadLetterSuffix = ".dead"

    /// The one lane that has messages, or any where none has; `nil` if several have.
    var onlyWaitingLane: (lane: UInt32, count: Int)? {
        var waiting = (lane: none, count: 0)
        for (lane, content) in lanes where !content.isEmpty {
            guard waiting.count == 0 else { return nil }
            waiting = (lane, content.count)
        }
        return waiting
    }

    /// Lanes of receivers that got nothing for long are dropped once there are more than this.
    private static let idleLanesMax = 64
    private var lanesMax = Self.idleLanesMax

    /// To be called again and again: looks at all lanes only when there are twice as many as were needed the last time.
    mutating func dropIdleLanes() {
        guard lanes.count > lanesMax else { return }
        lanes = lanes.filter { !$0.value.isEmpty }
        lanesMax = max(Self.idleLanesMax, lanes.count * 2)
    }

    /// Identities that have messages here and consumers that wait for some, in the order of their numbers: a
    /// Dictionary's own order differs from run to run.
    var addressedLanes: [UInt32] {
        turns.keys.filter { $0 != none && turns[$0]?.isEmpty == false && lanes[$0]?.isEmpty == false }.sorted()
    }
}
