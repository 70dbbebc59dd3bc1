extension BrokerCore {
    /// The most messages that one call moves for their age, so that no call takes long.
    private static let expiredPerTick = 10_000

    /// Time has passed: leases that ran out come back, messages that waited too long are dead-lettered,
    /// and identities that were remembered long enough are forgotten. To be called about once a second.
    package mutating func tick(now: CoreTime, effects: inout Effects) {
        expireLeases(now: now, effects: &effects)
        if limits.messageAge > 0 { expireMessages(now: now, effects: &effects) }
        let horizon = now.wall - limits.deduplicationWindow
        while firstSettled != none, messages[firstSettled].settledAt < horizon { forgetOldestSettled() }
    }

    private mutating func expireLeases(now: CoreTime, effects: inout Effects) {
        for consumer in consumers.numbers {
            var didExpire = false
            // Leases are all equally long, so the oldest ends first.
            while consumers[consumer].firstLease != none,
                copies[detailsOf: consumers[consumer].firstLease].deadline <= now.monotonic
            {
                let copy = consumers[consumer].firstLease
                counters.leasesExpired += 1
                countFailure(of: copy, now: now, effects: &effects)
                returnLease(copy, now: now, effects: &effects)
                didExpire = true
            }
            if didExpire {
                takeTurn(consumer)
                dispatch(consumers[consumer].queue, now: now, effects: &effects)
            }
        }
    }

    private mutating func expireMessages(now: CoreTime, effects: inout Effects) {
        let horizon = now.wall - limits.messageAge
        var budget = Self.expiredPerTick
        for queue in queues.indices where queues[queue].messages > 0 && !queues[queue].isDeadLetterQueue {
            for lane in queues[queue].lanes.keys.sorted() {
                while budget > 0, let entry = queues[queue].lanes[lane]?.first,
                    copies[entry.copy].enqueuedAt < horizon
                {
                    _ = queues[queue].lanes[lane]?.popFirst()
                    deadLetter(entry.copy, reason: .expired, now: now, effects: &effects)
                    budget -= 1
                }
            }
        }
    }
}
