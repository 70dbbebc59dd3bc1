/// The messages of the consumed queues, in batches as they arrive from the network.
///
/// It ends when the client stops consuming and throws when the connection is lost. One task may iterate.
public struct MessageBatches: AsyncSequence, Sendable {
    public typealias Element = [ReceivedMessage]
    public typealias Failure = BrokerClientError

    let client: BrokerClient

    /// The same messages one by one.
    public var messages: Messages { Messages(batches: self) }

    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client)
    }

    public struct Iterator: AsyncIteratorProtocol {
        let client: BrokerClient

        /// The next batch, which is never empty.
        ///
        /// - Throws: ``BrokerClientError`` when the connection is lost.
        public mutating func next() async throws(BrokerClientError) -> [ReceivedMessage]? {
            if client.isOlderBroker { client.outbox.onEventLoop { $0.drain() } }
            let (batch, resumed) = await client.state.messages.next()
            if resumed { client.outbox.onEventLoop { $0.resumeReading() } }
            return try batch.get()
        }
    }

    /// The messages of the consumed queues, one by one.
    public struct Messages: AsyncSequence, Sendable {
        public typealias Element = ReceivedMessage
        public typealias Failure = BrokerClientError

        let batches: MessageBatches

        public func makeAsyncIterator() -> Iterator {
            Iterator(batches: batches.makeAsyncIterator())
        }

        public struct Iterator: AsyncIteratorProtocol {
            var batches: MessageBatches.Iterator
            private var batch: [ReceivedMessage] = []
            private var index = 0

            init(batches: MessageBatches.Iterator) {
                self.batches = batches
            }

            /// The next message.
            ///
            /// - Throws: ``BrokerClientError`` when the connection is lost.
            public mutating func next() async throws(BrokerClientError) -> ReceivedMessage? {
                if index == batch.count {
                    guard let next = try await batches.next() else { return nil }
                    batch = next
                    index = 0
                }
                defer { index += 1 }
                return batch[index]
            }
        }
    }
}
