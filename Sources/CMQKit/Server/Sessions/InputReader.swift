internal import CMQBrokerCore
internal import CMQWire
internal import NIOCore

/// Turns the bytes of one connection into commands, whatever pieces they arrive in.
struct InputReader {
    private var framer: LineFramer
    private var unread = ByteBuffer()
    private var exchanges = TextMemo()
    private var routingKeys = TextMemo()
    private var receivers = TextMemo()
    /// Commands with envelopes, which stay where they were read.
    private var publishedCount: UInt = 0
    /// A line was too long: nothing behind it can be trusted to start at a line's beginning.
    private(set) var isBroken = false

    /// What the beginning of a line takes in memory.
    var unreadBytes: Int { unread.readableBytes == 0 ? 0 : unread.storageCapacity }

    init(lineBytesMax: Int) {
        framer = LineFramer(lineBytesMax: lineBytesMax)
    }

    /// Takes in what was read and appends every command that is complete now.
    mutating func read(_ bytes: ByteBuffer, into burst: inout InputBurst) {
        guard !isBroken else { return }
        if unread.readableBytes == 0 {
            unread = bytes
        } else {
            unread.writeImmutableBuffer(bytes)
        }
        // Held while its bytes are looked at, so that parsing may change the reader meanwhile.
        let buffer = unread
        let published = publishedCount
        let consumed = buffer.withUnsafeReadableBytes { parse($0, into: &burst) }
        if publishedCount != published { burst.keep(buffer, count: consumed) }
        if isBroken { unread = ByteBuffer() } else { keepUnread(from: consumed) }
    }

    /// The envelopes of earlier commands keep the whole buffer alive, so the rest moves to one of its own; so does a
    /// beginning that is small for the buffer that it came in.
    private mutating func keepUnread(from consumed: Int) {
        guard consumed > 0 || unread.readableBytes < unread.storageCapacity / 2 else { return }
        unread.moveReaderIndex(forwardBy: consumed)
        unread = unread.readableBytes == 0 ? ByteBuffer() : ByteBuffer(bytes: unread.readableBytesView)
    }

    /// Reads all whole lines; returns how many bytes they took.
    private mutating func parse(_ bytes: UnsafeRawBufferPointer, into burst: inout InputBurst) -> Int {
        let origin = burst.origin(of: bytes)
        var consumed = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
            switch framer.next(in: rest) {
            case .needsMore: return consumed
            case .tooLong:
                isBroken = true
                burst.append(last: .error("line exceeds \(framer.lineBytesMax) bytes"))
                return consumed
            case .line(let length, let lineBytes):
                parse(UnsafeRawBufferPointer(rebasing: rest[..<length]), lineBytes, in: origin, into: &burst)
                consumed += lineBytes
            }
        }
    }

    private mutating func parse(
        _ line: UnsafeRawBufferPointer,
        _ lineBytes: Int,
        in origin: InputBurst.Origin,
        into burst: inout InputBurst
    ) {
        switch CommandParser.parse(line) {
        case .publish(let publication):
            publishedCount &+= 1
            burst.append(publish(publication, in: origin), lineBytes: lineBytes)
        case .publishBatch(let publication):
            publishedCount &+= 1
            publishBatch(publication, lineBytes, in: origin, into: &burst)
        case let command:
            burst.append(InputReader.input(for: command), lineBytes: lineBytes)
        }
    }

    private mutating func publish(_ publication: Command.Publication, in origin: InputBurst.Origin) -> SessionInput {
        guard let (exchange, routingKey) = route(publication) else {
            return .answer(.error("names must be valid UTF-8"))
        }
        do throws(EnvelopeFault) {
            let header = try EnvelopeHeader.read(publication.content, receivers: &receivers)
            return .publish(
                BrokerCore.Publication(
                    exchange: exchange,
                    routingKey: routingKey,
                    id: header.messageID,
                    receiver: header.receiver,
                    size: publication.content.count
                ),
                envelope: origin.slice(publication.content)
            )
        } catch {
            return .answer(.invalidMessage(error.description))
        }
    }

    private mutating func publishBatch(
        _ publication: Command.Publication,
        _ lineBytes: Int,
        in origin: InputBurst.Origin,
        into burst: inout InputBurst
    ) {
        guard let (exchange, routingKey) = route(publication) else {
            return burst.append(.answer(.error("names must be valid UTF-8")), lineBytes: lineBytes)
        }
        let first = burst.items.count
        do throws(EnvelopeFault) {
            try EnvelopeHeader.readBatch(publication.content, receivers: &receivers) { envelope, header in
                let publication = BrokerCore.Publication(
                    exchange: exchange,
                    routingKey: routingKey,
                    id: header.messageID,
                    receiver: header.receiver,
                    size: envelope.count,
                    isInBatch: true
                )
                // The line's bytes belong to the first of them.
                let bytes = burst.items.count == first ? lineBytes : 0
                burst.append(.publish(publication, envelope: origin.slice(envelope)), lineBytes: bytes)
            }
            if burst.items.count == first { burst.append(.answer(.empty), lineBytes: lineBytes) }
        } catch {
            // All or nothing: a batch that cannot be read to its end is not half accepted.
            burst.removeItems(from: first)
            burst.append(.answer(.invalidBatch(error.description)), lineBytes: lineBytes)
        }
    }

    private mutating func route(_ publication: Command.Publication) -> (exchange: String, routingKey: String)? {
        guard let exchange = exchanges.text(of: publication.exchange, make: Self.text),
            let routingKey = routingKeys.text(of: publication.routingKey, make: Self.text)
        else { return nil }
        return (exchange, routingKey)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        String(validating: bytes, as: UTF8.self)
    }
}
