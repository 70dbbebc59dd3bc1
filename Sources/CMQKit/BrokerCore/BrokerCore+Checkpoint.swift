internal import CMQWire

/// The whole state as bytes, so that recovery need not read the journal from its beginning.
/// The layout is in `docs/journal.md`.
extension BrokerCore {
    /// The state as of the last record that was made. The caller keeps it back until that record is durable.
    package func checkpoint() -> [UInt8] {
        var bytes: [UInt8] = []
        snapshot().encode { bytes += $0 }
        return bytes
    }

    /// The same, to be encoded later and elsewhere. Taking it costs next to nothing, and it shares its memory with
    /// the core: while it is held, only what the core changes is there twice.
    package func snapshot() -> Snapshot {
        Snapshot(
            nextSequence: nextSequence,
            queueNames: queues.map(\.name),
            exchanges: exchanges,
            names: names.entries,
            messages: messages.rows,
            copies: copies,
            firstSettled: firstSettled,
            settledCount: settledCount
        )
    }

    /// What a checkpoint is made of.
    package struct Snapshot: Sendable {
        static let version: UInt8 = 1
        private static let pieceBytes = 1 << 20

        let nextSequence: UInt64
        let queueNames: [String]
        let exchanges: [String: Exchange]
        let names: Slab<(name: String, references: Int)>
        let messages: IdentifiedMessages
        let copies: CopyStore
        let firstSettled: UInt32
        let settledCount: Int

        /// Gives `write` the checkpoint in pieces of about a megabyte.
        package func encode(_ write: ([UInt8]) throws -> Void) rethrows {
            var output: [UInt8] = []
            output.reserveCapacity(Self.pieceBytes + (1 << 12))
            func writePiece(atLeast bytes: Int) throws {
                guard output.count >= bytes else { return }
                try write(output)
                output.removeAll(keepingCapacity: true)
            }
            output.append(Self.version)
            output.append(integer: nextSequence)
            encodeTopology(into: &output)
            output.append(integer: UInt64(messages.messages.count - settledCount))
            try messages.forEachNumber { number in
                guard messages.messages[number].phase != .settled else { return }
                encode(number, into: &output)
                try writePiece(atLeast: Self.pieceBytes)
            }
            output.append(integer: UInt64(settledCount))
            var settled = firstSettled
            while settled != none {
                output.append(messages.id(of: settled))
                output.append(text: names[messages.messages[settled].sender].name)
                output.append(integer: messages.messages[settled].settledAt)
                settled = messages.messages[settled].nextSettled
                try writePiece(atLeast: Self.pieceBytes)
            }
            try writePiece(atLeast: 1)
        }

        private func encodeTopology(into output: inout [UInt8]) {
            output.append(integer: UInt32(queueNames.count))
            for name in queueNames { output.append(text: name) }
            output.append(integer: UInt32(exchanges.count))
            for (name, exchange) in exchanges.sorted(by: { $0.key < $1.key }) {
                output.append(text: name)
                output.append(exchange.kind.rawValue)
                output.append(integer: UInt32(exchange.bindings.count))
                for (key, queues) in exchange.bindings.sorted(by: { $0.key < $1.key }) {
                    output.append(text: key)
                    output.append(integer: UInt32(queues.count))
                    for queue in queues { output.append(integer: queue) }
                }
            }
        }

        private func encode(_ number: UInt32, into output: inout [UInt8]) {
            let message = messages.messages[number]
            output.append(messages.id(of: number))
            output.append(integer: message.sequence)
            output.append(integer: message.location)
            output.append(integer: message.size)
            output.append(text: name(message.sender))
            output.append(text: name(message.receiver))
            var count: UInt16 = 0
            forEachCopy(of: message) { _ in count += 1 }
            output.append(integer: count)
            forEachCopy(of: message) { number in
                let details = copies[detailsOf: number]
                output.append(integer: copies[number].queue)
                output.append(integer: details.origin)
                output.append(details.reason.rawValue)
                output.append(integer: details.failures)
                output.append(integer: details.deliveries)
                output.append(integer: copies[number].enqueuedAt)
                output.append(text: name(details.lastReceiver))
            }
        }

        private func name(_ number: UInt32) -> String { number == none ? "" : names[number].name }

        private func forEachCopy(of message: StoredMessage, _ body: (UInt32) -> Void) {
            var number = message.firstCopy
            while number != none {
                body(number)
                number = copies[number].nextOfMessage
            }
        }
    }
}
