internal import CMQBrokerCore
internal import CMQWire
internal import NIOCore

/// Turns the bytes of one connection into commands, whatever pieces they arrive in.
struct InputReader {
    /// A command and the bytes that its line took, or that belongs to it in a batch.
    struct Item: Sendable {
        var input: SessionInput
        var bytes: Int

        var publishes: Bool {
            if case .publish = input { true } else { false }
        }
    }

    private var framer: LineFramer
    private var unread = ByteBuffer()
    /// A line was too long: nothing behind it can be trusted to start at a line's beginning.
    private(set) var isBroken = false

    init(lineBytesMax: Int) {
        framer = LineFramer(lineBytesMax: lineBytesMax)
    }

    /// Takes in what was read and appends every command that is complete now.
    mutating func read(_ bytes: ByteBuffer, into items: inout [Item]) {
        guard !isBroken else { return }
        if unread.readableBytes == 0 {
            unread = bytes
        } else {
            unread.writeImmutableBuffer(bytes)
        }
        while true {
            switch unread.withUnsafeReadableBytes({ framer.next(in: $0) }) {
            case .needsMore:
                keepOnlyUnread()
                return
            case .tooLong:
                isBroken = true
                unread = ByteBuffer()
                items.append(Item(input: .answer(.error("line exceeds \(framer.lineBytesMax) bytes")), bytes: 0))
                return
            case .line(let length, let consumed):
                parse(length: length, consumed: consumed, into: &items)
                unread.moveReaderIndex(forwardBy: consumed)
            }
        }
    }

    /// The envelopes of earlier commands keep the whole buffer alive, so the rest moves to one of its own.
    private mutating func keepOnlyUnread() {
        if unread.readableBytes == 0 {
            unread = ByteBuffer()
        } else if unread.readerIndex > 0 {
            unread = ByteBuffer(bytes: unread.readableBytesView)
        }
    }

    private func parse(length: Int, consumed: Int, into items: inout [Item]) {
        let start = unread.readerIndex
        unread.withUnsafeReadableBytes { bytes in
            let line = UnsafeRawBufferPointer(rebasing: bytes[..<length])
            switch CommandParser.parse(line) {
            case .publish(let publication):
                items.append(Item(input: publish(publication, in: bytes, at: start), bytes: consumed))
            case .publishBatch(let publication):
                let first = items.count
                publishBatch(publication, in: bytes, at: start, into: &items)
                items[first].bytes += consumed
            case let command:
                items.append(Item(input: InputReader.input(for: command), bytes: consumed))
            }
        }
    }

    private func publish(
        _ publication: Command.Publication,
        in bytes: UnsafeRawBufferPointer,
        at start: Int
    ) -> SessionInput {
        guard let (exchange, routingKey) = Self.route(publication) else {
            return .answer(.error("names must be valid UTF-8"))
        }
        do throws(EnvelopeFault) {
            let header = try EnvelopeHeader.read(publication.content)
            return .publish(
                BrokerCore.Publication(
                    exchange: exchange,
                    routingKey: routingKey,
                    id: header.messageID,
                    receiver: header.receiver,
                    size: publication.content.count
                ),
                envelope: slice(publication.content, in: bytes, at: start)
            )
        } catch {
            return .answer(.invalidMessage(error.description))
        }
    }

    private func publishBatch(
        _ publication: Command.Publication,
        in bytes: UnsafeRawBufferPointer,
        at start: Int,
        into items: inout [Item]
    ) {
        guard let (exchange, routingKey) = Self.route(publication) else {
            items.append(Item(input: .answer(.error("names must be valid UTF-8")), bytes: 0))
            return
        }
        let first = items.count
        do throws(EnvelopeFault) {
            try EnvelopeHeader.readBatch(publication.content) { envelope, header in
                let publication = BrokerCore.Publication(
                    exchange: exchange,
                    routingKey: routingKey,
                    id: header.messageID,
                    receiver: header.receiver,
                    size: envelope.count,
                    isInBatch: true
                )
                let envelope = slice(envelope, in: bytes, at: start)
                items.append(Item(input: .publish(publication, envelope: envelope), bytes: 0))
            }
            if items.count == first { items.append(Item(input: .answer(.empty), bytes: 0)) }
        } catch {
            // All or nothing: a batch that cannot be read to its end is not half accepted.
            items.removeSubrange(first...)
            items.append(Item(input: .answer(.invalidBatch(error.description)), bytes: 0))
        }
    }

    private func slice(
        _ envelope: UnsafeRawBufferPointer,
        in bytes: UnsafeRawBufferPointer,
        at start: Int
    ) -> ByteBuffer {
        guard let base = bytes.baseAddress, let address = envelope.baseAddress else { return ByteBuffer() }
        return unread.getSlice(at: start + (address - base), length: envelope.count) ?? ByteBuffer()
    }

    private static func route(_ publication: Command.Publication) -> (exchange: String, routingKey: String)? {
        guard let exchange = String(validating: publication.exchange, as: UTF8.self),
            let routingKey = String(validating: publication.routingKey, as: UTF8.self)
        else { return nil }
        return (exchange, routingKey)
    }
}
