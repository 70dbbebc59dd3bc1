internal import NIOCore

/// The broker loop as other threads may hold it: they can hand it work, never touch it.
struct LoopReference: Sendable {
    private let eventLoop: any EventLoop
    private let loop: NIOLoopBound<BrokerLoop>

    /// To be made on the loop's own thread.
    init(_ loop: BrokerLoop) {
        eventLoop = loop.eventLoop
        self.loop = NIOLoopBound(loop, eventLoop: loop.eventLoop)
    }

    /// Runs `body` on the loop, after everything that was handed over before.
    func execute(_ body: @escaping @Sendable (BrokerLoop) -> Void) {
        eventLoop.execute { body(loop.value) }
    }

    /// Runs `body` on the loop and waits for what it starts.
    func flatSubmit(_ body: @escaping @Sendable (BrokerLoop) -> EventLoopFuture<Void>) -> EventLoopFuture<Void> {
        eventLoop.flatSubmit { body(loop.value) }
    }

    /// Runs `body` on the loop and gives its result.
    func submit<Result: Sendable>(_ body: @escaping @Sendable (BrokerLoop) throws -> Result) -> EventLoopFuture<Result>
    {
        eventLoop.submit { try body(loop.value) }
    }
}
