import CMQWire

/// What clients did and saw, Jepsen's way: each publish is done, certainly not done, or unknown.
package struct History: Sendable {
    struct Entry {
        var attempts = 0
        var isDone = false
        var isRefused = false

        /// One attempt, and the broker said no.
        var isCertainlyNotDone: Bool { !isDone && attempts == 1 && isRefused }
    }

    private var published: [MessageID: Entry] = [:]
    private(set) var received: [MessageID: Int] = [:]
    /// Acknowledged by somebody who never saw it: such a message may be settled unseen.
    private var guessed: Set<MessageID> = []

    mutating func sends(_ id: MessageID) {
        published[id, default: Entry()].attempts += 1
    }

    mutating func isAnswered(_ id: MessageID, isDone: Bool) {
        if isDone { published[id]?.isDone = true } else { published[id]?.isRefused = true }
    }

    mutating func guesses(_ id: MessageID) {
        guessed.insert(id)
    }

    /// A receiver reads a message.
    mutating func receives(_ id: MessageID) throws(Violation) {
        guard let entry = published[id] else { throw Violation(.nothingUnexpected, "\(id) was never published") }
        try require(!entry.isCertainlyNotDone, .nothingUnexpected, "\(id) was refused, and comes all the same")
        received[id, default: 0] += 1
    }

    /// The sets at the end, when everything that was stored has been handed out.
    package struct Verdict: Sendable, Equatable {
        package var published = 0
        package var done = 0
        package var certainlyNotDone = 0
        package var unknown = 0
        /// Done, and neither received nor removed by an administrator.
        package var lost: [String] = []
        /// Received, although it was never published or certainly not stored.
        package var unexpected: [String] = []
        /// Of unknown outcome, and received.
        package var recovered = 0
        /// Received more than once; receivers keep one of them.
        package var duplicated = 0

        init() {}
    }

    func verdict(removed: Set<MessageID>) -> Verdict {
        var verdict = Verdict()
        for (id, entry) in published {
            verdict.published += 1
            let isReceived = received[id] != nil
            if entry.isDone {
                verdict.done += 1
                if !isReceived, !removed.contains(id), !guessed.contains(id) { verdict.lost.append(id.description) }
            } else if entry.isCertainlyNotDone {
                verdict.certainlyNotDone += 1
                if isReceived { verdict.unexpected.append(id.description) }
            } else {
                verdict.unknown += 1
                if isReceived { verdict.recovered += 1 }
            }
        }
        verdict.duplicated = received.values.count { $0 > 1 }
        verdict.lost.sort()
        verdict.unexpected.sort()
        return verdict
    }
}
