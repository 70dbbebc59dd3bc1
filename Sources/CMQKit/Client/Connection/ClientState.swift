internal import CMQWire
internal import DequeModule
internal import Synchronization

/// Who waits for what on a connection: the meeting point of the event loop and the callers.
final class ClientState: ConnectionEvents {
    typealias Reply = Result<String, BrokerClientError>

    private struct State {
        var establishing: CheckedContinuation<BrokerClientError?, Never>?
        var isEstablished = false
        var isOlderBroker = false
        var end: BrokerClientError?
        var commandNumber: UInt64 = 0
        var replies: [UInt64: CheckedContinuation<Reply, Never>] = [:]
        var unconfirmed = 0
        var drains: [CheckedContinuation<Void, Never>] = []
        var fetch: Fetch?
    }

    /// Some fetches that were sent together.
    private struct Fetch {
        var unanswered: Int
        var messages: [ReceivedMessage] = []
        var continuation: CheckedContinuation<Result<[ReceivedMessage], BrokerClientError>, Never>
    }

    let window: PublishWindow
    let messages: MessageBuffer
    private let observer: ConnectionObserver?
    private let state = Mutex(State())

    init(_ configuration: BrokerClientConfiguration, observer: ConnectionObserver?) {
        window = PublishWindow(
            messagesMax: configuration.publishWindow,
            bytesMax: configuration.publishWindowBytes
        )
        messages = MessageBuffer(bytesMax: configuration.deliveryBytesMax)
        self.observer = observer
    }

    /// Why the connection ended, if it did.
    var end: BrokerClientError? { state.withLock { $0.end } }

    /// Whether the broker is one of CipherMQ 1.0 to 1.5; known once the connection is established.
    var isOlderBroker: Bool { state.withLock { $0.isOlderBroker } }

    /// Waits for the broker's first answer; returns why it will not come.
    func waitUntilEstablished() async -> BrokerClientError? {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.isEstablished || state.end != nil {
                    continuation.resume(returning: state.end)
                } else {
                    state.establishing = continuation
                }
            }
        }
    }

    /// Waits for the answer to a command that `send` writes under the number it gets.
    func reply(_ send: (UInt64) -> Void) async -> Reply {
        await withCheckedContinuation { continuation in
            let number = state.withLock { state -> UInt64? in
                if let end = state.end {
                    continuation.resume(returning: .failure(end))
                    return nil
                }
                state.commandNumber += 1
                state.replies[state.commandNumber] = continuation
                return state.commandNumber
            }
            if let number { send(number) }
        }
    }

    /// Waits for the answers to `count` fetches that `send` writes.
    func fetched(_ count: Int, _ send: () -> Void) async -> Result<[ReceivedMessage], BrokerClientError> {
        await withCheckedContinuation { continuation in
            let mayStart = state.withLock { state in
                if let end = state.end {
                    continuation.resume(returning: .failure(end))
                } else if state.fetch != nil {
                    let error = BrokerClientError(.invalidArgument, "another fetch is not finished")
                    continuation.resume(returning: .failure(error))
                } else {
                    state.fetch = Fetch(unanswered: count, continuation: continuation)
                    return true
                }
                return false
            }
            if mayStart { send() }
        }
    }

    /// Counts acknowledgements that are about to be written; throws when they cannot be any more.
    func willAcknowledge(_ count: Int) throws(BrokerClientError) {
        let end = state.withLock { state in
            if state.end == nil { state.unconfirmed += count }
            return state.end
        }
        if let end { throw end }
    }

    /// Waits until every acknowledgement is confirmed, or the connection is gone.
    func waitUntilConfirmed() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.unconfirmed == 0 || state.end != nil {
                    continuation.resume()
                } else {
                    state.drains.append(continuation)
                }
            }
        }
    }

    // MARK: Events

    func established(isOlderBroker: Bool) {
        state.withLock { state in
            state.isEstablished = true
            state.isOlderBroker = isOlderBroker
            state.establishing?.resume(returning: nil)
            state.establishing = nil
        }
    }

    func published(_ reports: [PublishReport]) {
        if let observer {
            observer.published(reports)
        } else {
            window.complete(reports)
        }
    }

    func acknowledged(_ count: Int) {
        state.withLock { state in
            state.unconfirmed -= count
            guard state.unconfirmed <= 0 else { return }
            for drain in state.drains { drain.resume() }
            state.drains = []
        }
    }

    func received(_ batch: [ReceivedMessage]) -> Bool {
        let isFetched = state.withLock { state in
            guard state.fetch != nil else { return false }
            state.fetch?.messages += batch
            Self.fetchAnswered(batch.count, &state)
            return true
        }
        return isFetched ? false : messages.append(batch)
    }

    func nothingToFetch(_ count: Int) {
        state.withLock { Self.fetchAnswered(count, &$0) }
    }

    private static func fetchAnswered(_ count: Int, _ state: inout State) {
        state.fetch?.unanswered -= count
        guard let fetch = state.fetch, fetch.unanswered <= 0 else { return }
        state.fetch = nil
        fetch.continuation.resume(returning: .success(fetch.messages))
    }

    func reply(to command: UInt64, _ text: String) {
        state.withLock { $0.replies.removeValue(forKey: command) }?.resume(returning: .success(text))
    }

    func closed(_ error: BrokerClientError, unanswered: [ConnectionStateMachine.Expectation]) {
        let isFirst = state.withLock { state in
            let isFirst = state.end == nil
            let end = state.end ?? error
            state.end = end
            state.establishing?.resume(returning: end)
            state.establishing = nil
            for reply in state.replies.values { reply.resume(returning: .failure(end)) }
            state.replies = [:]
            for drain in state.drains { drain.resume() }
            state.drains = []
            state.fetch?.continuation.resume(returning: .failure(end))
            state.fetch = nil
            return isFirst
        }
        let unknown = unanswered.compactMap { expectation -> PublishReport? in
            guard case .publish(let ticket, _) = expectation else { return nil }
            return PublishReport(ticket: ticket, outcome: .unknown(error))
        }
        // Closed first: whoever learns of an unknown outcome must not get another message in.
        window.close(error)
        if let observer, !unknown.isEmpty { observer.published(unknown) }
        messages.finish(.failure(error))
        if isFirst { observer?.closed(error) }
    }
}
