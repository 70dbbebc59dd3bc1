internal import DequeModule
internal import NIOCore
internal import Synchronization

/// Batches on their way from the event loop to whoever takes them, bounded by bytes: beyond the
/// limit the connection is not read, so that the broker, and not this process, keeps the backlog.
final class MessageBuffer: Sendable {
    private struct State {
        var batches = Deque<[ReceivedMessage]>()
        var bytes = 0
        var waiter: CheckedContinuation<Result<[ReceivedMessage]?, BrokerClientError>, Never>?
        var end: Result<Void, BrokerClientError>?
        var isPaused = false
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// Adds a batch; says whether reading should pause.
    func append(_ batch: [ReceivedMessage]) -> Bool {
        state.withLock { state in
            guard state.end == nil else { return false }
            if let waiter = state.waiter {
                state.waiter = nil
                waiter.resume(returning: .success(batch))
                return false
            }
            state.bytes += Self.size(batch)
            state.batches.append(batch)
            if state.bytes > bytesMax { state.isPaused = true }
            return state.isPaused
        }
    }

    /// Nothing more comes; what waits is still handed out, unless `discarding`.
    func finish(_ end: Result<Void, BrokerClientError>, discarding: Bool = false) {
        state.withLock { state in
            guard state.end == nil else { return }
            state.end = end
            if discarding {
                state.batches.removeAll()
                state.bytes = 0
            }
            state.waiter?.resume(returning: end.map { nil })
            state.waiter = nil
        }
    }

    /// The next batch, or `nil` at the end; `resumed` tells that reading may go on.
    func next() async -> (batch: Result<[ReceivedMessage]?, BrokerClientError>, resumed: Bool) {
        enum Step {
            case take([ReceivedMessage], resumed: Bool)
            case end(Result<[ReceivedMessage]?, BrokerClientError>)
            case wait
        }
        let step = state.withLock { state -> Step in
            if let batch = state.batches.popFirst() {
                state.bytes -= Self.size(batch)
                let resumed = state.isPaused && state.bytes <= bytesMax / 2
                if resumed { state.isPaused = false }
                return .take(batch, resumed: resumed)
            }
            return state.end.map { .end($0.map { nil }) } ?? .wait
        }
        switch step {
        case .take(let batch, let resumed): return (.success(batch), resumed)
        case .end(let end): return (end, false)
        case .wait: return (await wait(), false)
        }
    }

    private func wait() async -> Result<[ReceivedMessage]?, BrokerClientError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if let batch = state.batches.popFirst() {
                        state.bytes -= Self.size(batch)
                        continuation.resume(returning: .success(batch))
                    } else if let end = state.end {
                        continuation.resume(returning: end.map { nil })
                    } else {
                        state.waiter?.resume(returning: .success(nil))
                        state.waiter = continuation
                    }
                }
            }
        } onCancel: {
            finish(.success(()))
        }
    }

    private static func size(_ batch: [ReceivedMessage]) -> Int {
        batch.reduce(0) { $0 + $1.envelope.readableBytes + MemoryLayout<ReceivedMessage>.stride }
    }
}
