import CMQBrokerCore
import CMQWire

extension ModelBroker {
    /// What a command does before any record speaks of it: leases that end without one, sessions, subscriptions.
    mutating func begin(_ cause: Cause, now: CoreTime) {
        settledNow = []
        failuresDue = []
        returned = []
        didMatter = false
        affected = 0
        checksLanes = true
        switch cause {
        case .disconnect(let session): endSession(session)
        case .release(nil, let session):
            endSubscriptions(session)
            affected = returned.count
        case .release(let id?, let session), .reject(let id, let session):
            guard let (index, queue) = heldCopy(id, by: session) else { return }
            didMatter = true
            if case .reject = cause {
                if isDeadLetterQueue(queue) { makeReady(id, index) }
                return
            }
            giveBack(id, index)
        case .resend(let id, let session): beginResend(id, session)
        case .tick: expectExpiries(now: now)
        case .committed(let through): commit(through: through)
        case .outputTaken(let session, let bytes): sessions[session]?.outputBytes -= bytes
        case .consume(let name, let prefetch, let session):
            if let queue = queueNumbers[name] { subscribe(session, to: queue, prefetch) }
        case .connect, .publish, .acknowledge, .redrive, .purge, .fetch, .topology: break
        }
    }

    mutating func subscribe(_ session: SessionID, to queue: UInt32, _ prefetch: Int?) {
        sessions[session]?.subscriptions[queue] = min(max(prefetch ?? limits.prefetchDefault, 1), limits.prefetchMax)
    }

    func heldCopy(_ id: MessageID, by session: SessionID) -> (index: Int, queue: UInt32)? {
        guard let copies = live[id]?.copies, let index = copies.firstIndex(where: { $0.holder?.session == session })
        else { return nil }
        return (index, copies[index].queue)
    }

    /// Who may acknowledge which copy of a message; see docs/protocol.md.
    func copyToAcknowledge(_ id: MessageID, by session: SessionID) -> Int? {
        guard let message = live[id], let identity = sessions[session]?.identity else { return nil }
        return heldCopy(id, by: session)?.index
            ?? message.copies.firstIndex { $0.phase != .staged && $0.lastReceiver == identity }
            ?? (message.receiver == identity ? message.copies.firstIndex { $0.phase != .staged } : nil)
    }

    private mutating func giveBack(_ id: MessageID, _ index: Int) {
        guard let queue = live[id]?.copies[index].queue else { return }
        makeReady(id, index)
        returned.append(LeaseName(id: id, queue: queue))
    }

    private func holders(of session: SessionID) -> [HolderKey] {
        holders.keys.filter { $0.session == session }
    }

    private mutating func endSession(_ session: SessionID) {
        for holder in holders(of: session) {
            if let oldest = holders[holder]?.first {
                failuresDue.insert(LeaseName(id: oldest, queue: holder.queue))
            }
        }
        endSubscriptions(session)
        sessions[session] = nil
    }

    private mutating func endSubscriptions(_ session: SessionID) {
        let ending = holders(of: session)
        // Several holders give back one after the other; the order between them is the core's own affair.
        checksLanes = ending.count <= 1
        for holder in ending {
            for id in holders[holder] ?? [] {
                if let index = live[id]?.copy(in: holder.queue) { giveBack(id, index) }
            }
        }
        sessions[session]?.subscriptions = [:]
    }

    private mutating func beginResend(_ id: MessageID, _ session: SessionID) {
        guard let message = live[id], let state = sessions[session],
            message.sender == state.identity || state.isAdmin
        else { return }
        didMatter = true
        affected = message.copies.filter { $0.origin != nil && $0.phase == .ready }.count
        for index in message.copies.indices where message.copies[index].holder != nil { makeReady(id, index) }
    }

    private mutating func expectExpiries(now: CoreTime) {
        for (holder, ids) in holders {
            for id in ids {
                guard let message = live[id], let index = message.copy(in: holder.queue),
                    case .leased(_, let deadline) = message.copies[index].phase, deadline <= now.monotonic
                else { continue }
                failuresDue.insert(LeaseName(id: id, queue: holder.queue))
            }
        }
    }

    private mutating func commit(through: Int) {
        var count = 0
        while count < staged.count, let message = live[staged[count]], message.location < through {
            for index in message.copies.indices { makeReady(message.id, index) }
            count += 1
        }
        staged.removeFirst(count)
    }
}
