internal import DequeModule
internal import Synchronization

/// Bounds what is published and not yet answered: who comes when it is full waits, first come, first served.
final class PublishWindow: Sendable {
    private struct State {
        var ticket: UInt64 = 0
        var messages = 0
        var bytes = 0
        var pending: [UInt64: (publication: PendingPublish, bytes: Int)] = [:]
        var waiters = Deque<(bytes: Int, continuation: CheckedContinuation<Void, Never>)>()
        var end: BrokerClientError?
    }

    private let messagesMax: Int
    private let bytesMax: Int
    private let state = Mutex(State())

    init(messagesMax: Int, bytesMax: Int) {
        self.messagesMax = max(1, messagesMax)
        self.bytesMax = bytesMax
    }

    /// Waits for room, then hands out a ticket to publish `bytes` bytes with.
    ///
    /// - Throws: Why the connection ended.
    func enter(bytes: Int) async throws(BrokerClientError) -> (ticket: UInt64, publication: PendingPublish) {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.end != nil || (state.waiters.isEmpty && hasRoom(for: bytes, state)) {
                    take(bytes, &state)
                    continuation.resume()
                } else {
                    state.waiters.append((bytes, continuation))
                }
            }
        }
        let result = state.withLock { state -> Result<(UInt64, PendingPublish), BrokerClientError> in
            if let end = state.end { return .failure(end) }
            state.ticket += 1
            let publication = PendingPublish()
            state.pending[state.ticket] = (publication, bytes)
            return .success((state.ticket, publication))
        }
        return try result.get()
    }

    func complete(_ reports: [PublishReport]) {
        for report in reports {
            let entry = state.withLock { state in
                let entry = state.pending.removeValue(forKey: report.ticket)
                if let entry { leave(entry.bytes, &state) }
                return entry
            }
            entry?.publication.complete(report.outcome)
        }
    }

    /// Ends the wait of everybody; what was published is unknown then.
    func close(_ error: BrokerClientError) {
        let pending = state.withLock { state in
            defer { state.pending = [:] }
            state.end = state.end ?? error
            for waiter in state.waiters { waiter.continuation.resume() }
            state.waiters = []
            return state.pending
        }
        for entry in pending.values { entry.publication.complete(.unknown(error)) }
    }

    private func hasRoom(for bytes: Int, _ state: borrowing State) -> Bool {
        // A message beyond the limit goes alone rather than never.
        state.messages < messagesMax && (state.messages == 0 || state.bytes + bytes <= bytesMax)
    }

    private func take(_ bytes: Int, _ state: inout State) {
        state.messages += 1
        state.bytes += bytes
    }

    private func leave(_ bytes: Int, _ state: inout State) {
        state.messages -= 1
        state.bytes -= bytes
        while let next = state.waiters.first, hasRoom(for: next.bytes, state) {
            state.waiters.removeFirst()
            take(next.bytes, &state)
            next.continuation.resume()
        }
    }
}
