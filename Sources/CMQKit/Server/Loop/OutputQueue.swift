internal import CMQBrokerCore
internal import CMQWire
internal import DequeModule
internal import NIOCore

/// The lines that are to go out on one connection, in their order.
///
/// Answers are kept as the bytes that they consist of. Those that wait for the same commit are one piece.
struct OutputQueue {
    private enum Piece {
        /// The next `bytes` bytes of `text`, which are `lines` lines: they may go once the record with `ticket` is
        /// durable. `answers` bytes of commands are done with them. `commit` counts the loop's commits.
        case text(bytes: Int, lines: Int, ticket: UInt64, answers: Int, commit: UInt64)
        /// The next `count` of `deliveries`.
        case deliveries(count: Int)
        /// The place of an answer that is being looked up.
        case pending(UInt64, answers: Int)
        /// What was looked up.
        case answer(Reply, answers: Int)
    }

    /// No more is taken out at once once there is so much: it is copied into one buffer.
    private static let readyBytesMax = 64 << 20

    /// What may go now.
    struct Ready {
        /// Bytes of all lines together.
        var bytes = 0
        /// Bytes of commands that are answered by them.
        var answered = 0
        /// Bytes of the envelopes among them.
        var envelopeBytes = 0
        var pieces = 0
        /// Whether more may go as well, afterwards.
        var isCut = false
    }

    private var pieces: Deque<Piece> = []
    private var text = ByteBuffer()
    private var deliveries: Deque<Effects.Delivery> = []

    var isEmpty: Bool { pieces.isEmpty }

    // MARK: Coming in

    /// Adds a line that may go once the record with `ticket` is durable.
    mutating func append(_ reply: Reply, ticket: UInt64, answers: Int, commit: UInt64) {
        let bytes = write(reply)
        // A line that waits for nothing is not put behind a piece that does not wait either, and the other way round.
        if case .text(let before, let lines, let last, let answered, commit)? = pieces.last, last > 0 || ticket == 0 {
            pieces[pieces.count - 1] = .text(
                bytes: before + bytes,
                lines: lines + 1,
                ticket: max(last, ticket),
                answers: answered + answers,
                commit: commit
            )
        } else {
            pieces.append(.text(bytes: bytes, lines: 1, ticket: ticket, answers: answers, commit: commit))
        }
    }

    mutating func append(_ delivery: Effects.Delivery) {
        deliveries.append(delivery)
        if case .deliveries(let count)? = pieces.last {
            pieces[pieces.count - 1] = .deliveries(count: count + 1)
        } else {
            pieces.append(.deliveries(count: 1))
        }
    }

    /// Keeps a place for the answer called `token`.
    mutating func appendPending(_ token: UInt64, answers: Int) {
        pieces.append(.pending(token, answers: answers))
    }

    /// Puts an answer into its place.
    mutating func complete(_ token: UInt64, with reply: Reply) {
        for index in pieces.indices {
            guard case .pending(token, let answers) = pieces[index] else { continue }
            pieces[index] = .answer(reply, answers: answers)
            return
        }
    }

    /// Puts `reply` in the place of every line that still waits for the disk.
    mutating func refuseWhatWaits(with reply: Reply) {
        var kept = OutputQueue()
        kept.deliveries = deliveries
        for piece in pieces {
            guard case .text(let bytes, let lines, let ticket, let answers, let commit) = piece else {
                kept.pieces.append(piece)
                continue
            }
            guard ticket > 0 else {
                if var slice = text.readSlice(length: bytes) { kept.text.writeBuffer(&slice) }
                kept.pieces.append(piece)
                continue
            }
            text.moveReaderIndex(forwardBy: bytes)
            for line in 0..<lines {
                kept.append(reply, ticket: 0, answers: line == 0 ? answers : 0, commit: commit)
            }
        }
        self = kept
    }

    // MARK: Going out

    /// What may go once the record with `ticket` is durable.
    func ready(through ticket: UInt64) -> Ready {
        var ready = Ready()
        var delivery = deliveries.startIndex
        for piece in pieces {
            if ready.bytes >= Self.readyBytesMax {
                ready.isCut = true
                return ready
            }
            switch piece {
            case .text(let bytes, _, let last, let answers, _):
                guard last <= ticket else { return ready }
                ready.bytes += bytes
                ready.answered += answers
            case .deliveries(let count):
                for index in delivery..<(delivery + count) {
                    ready.bytes += Self.deliveryPrefix.utf8CodeUnitCount + deliveries[index].lineBytes
                    ready.envelopeBytes += deliveries[index].size
                }
                delivery += count
            case .answer(let reply, let answers):
                ready.bytes += reply.line.utf8.count + 1
                ready.answered += answers
            case .pending: return ready
            }
            ready.pieces += 1
        }
        return ready
    }

    /// Takes out what ``ready(through:)`` said, and writes it to `buffer`; `body` writes the line of a delivery.
    mutating func take(
        _ ready: Ready,
        into buffer: inout ByteBuffer,
        delivery body: (Effects.Delivery, inout ByteBuffer) -> Void
    ) {
        for _ in 0..<ready.pieces {
            switch pieces.removeFirst() {
            case .text(let bytes, _, _, _, _):
                if let slice = text.readSlice(length: bytes) { buffer.writeImmutableBuffer(slice) }
            case .deliveries(let count):
                for _ in 0..<count { body(deliveries.removeFirst(), &buffer) }
            case .answer(let reply, _):
                buffer.writeString(reply.line)
                buffer.writeInteger(UInt8(ascii: "\n"))
            case .pending: break
            }
        }
        if text.readableBytes == 0 {
            // A burst's answers must not be kept for a connection that is quiet from now on.
            if text.capacity > Self.idleTextBytes { text = ByteBuffer() } else { text.clear() }
        }
    }

    /// What stands in front of a delivery's line.
    static let deliveryPrefix: StaticString = "Message: "
    private static let idleTextBytes = 64 << 10

    // MARK: Text

    private mutating func write(_ reply: Reply) -> Int {
        switch reply {
        case .ack(let id): return write("ACK ", id)
        case .ackConfirmed(let id): return write("ACK_CONFIRMED ", id)
        default: return text.writeString(reply.line) + text.writeInteger(UInt8(ascii: "\n"))
        }
    }

    private mutating func write(_ word: StaticString, _ id: MessageID) -> Int {
        let (wordBytes, idBytes) = (word.utf8CodeUnitCount, id.count)
        let bytes = wordBytes + idBytes + 1
        return text.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes) { room in
            room.copyMemory(from: UnsafeRawBufferPointer(start: word.utf8Start, count: wordBytes))
            id.withUTF8 { UnsafeMutableRawBufferPointer(rebasing: room[wordBytes...]).copyMemory(from: $0) }
            room[bytes - 1] = UInt8(ascii: "\n")
            return bytes
        }
    }
}
