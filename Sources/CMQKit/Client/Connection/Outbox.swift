internal import NIOCore
internal import Synchronization

/// Commands on their way to the event loop. Whatever is added before the loop gets to it leaves in
/// one write, so that many small commands share TLS records and system calls.
final class Outbox: Sendable {
    private struct State {
        var bytes = ByteBuffer()
        var expectations: [ConnectionStateMachine.Expectation] = []
        var isScheduled = false
    }

    private let eventLoop: any EventLoop
    private let handler: NIOLoopBound<ConnectionHandler>
    private let state = Mutex(State())

    init(eventLoop: any EventLoop, handler: NIOLoopBound<ConnectionHandler>) {
        self.eventLoop = eventLoop
        self.handler = handler
    }

    func append(_ bytes: ByteBuffer, expecting expectations: [ConnectionStateMachine.Expectation]) {
        append { target, expected in
            target.writeImmutableBuffer(bytes)
            expected.append(contentsOf: expectations)
        }
    }

    /// Lets `write` add commands and what is expected of them to what leaves next.
    func append(_ write: (inout ByteBuffer, inout [ConnectionStateMachine.Expectation]) -> Void) {
        let isFirst = state.withLock { state in
            write(&state.bytes, &state.expectations)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { eventLoop.execute { self.flush() } }
    }

    /// Runs `body` on the event loop with the handler, after what was appended before.
    func onEventLoop(_ body: @escaping @Sendable (ConnectionHandler) -> Void) {
        eventLoop.execute {
            self.flush()
            body(self.handler.value)
        }
    }

    private func flush() {
        let (bytes, expectations) = state.withLock { state in
            defer { state = State() }
            return (state.bytes, state.expectations)
        }
        guard bytes.readableBytes > 0 else { return }
        handler.value.send(bytes, expecting: expectations)
    }
}
