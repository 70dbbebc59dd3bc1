internal import CMQWire

/// What a client writes to the broker: lines, split anywhere, and the commands in them.
///
/// The first byte is the longest line in bytes, the second one says how the rest is split into reads.
enum LinesTarget {
    static func run(_ bytes: [UInt8]) throws(FuzzFailure) {
        guard bytes.count > 2 else { return }
        let limit = Int(bytes[0])
        let stream = Array(bytes[2...])
        let expected = reference(stream, limit: limit)
        for seed in [0, bytes[1]] {
            let found = framed(stream, limit: limit, seed: seed)
            try require(found.lines == expected.lines, "other lines when split with \(seed)")
            try require(found.isTooLong == expected.isTooLong, "another end when split with \(seed)")
        }
        for line in expected.lines { try check(line) }
    }

    private struct Framing {
        var lines: [[UInt8]] = []
        var isTooLong = false
    }

    /// As plainly as the protocol says it.
    private static func reference(_ stream: [UInt8], limit: Int) -> Framing {
        var framing = Framing()
        var pieces = stream.split(separator: 0x0A, omittingEmptySubsequences: false)
        let rest = pieces.removeLast()
        for piece in pieces {
            let line = piece.last == 0x0D ? piece.dropLast() : piece
            guard line.count <= limit else { return Framing(lines: framing.lines, isTooLong: true) }
            framing.lines.append(Array(line))
        }
        framing.isTooLong = rest.count > limit + 1
        return framing
    }

    private static func framed(_ stream: [UInt8], limit: Int, seed: UInt8) -> Framing {
        var framer = LineFramer(lineBytesMax: limit)
        var framing = Framing()
        var unread: [UInt8] = []
        var rest = stream[...]
        var state = UInt32(seed)
        while !rest.isEmpty {
            // With the seed 0 everything comes at once.
            state = state &* 1_664_525 &+ UInt32(seed)
            let count = seed == 0 ? rest.count : Int(state >> 28) + 1
            unread += rest.prefix(count)
            rest = rest.dropFirst(count)
            reading: while true {
                switch unread.withUnsafeBytes({ framer.next(in: $0) }) {
                case .line(let length, let consumed):
                    framing.lines.append(Array(unread[..<length]))
                    unread.removeFirst(consumed)
                case .needsMore: break reading
                case .tooLong:
                    framing.isTooLong = true
                    return framing
                }
            }
        }
        return framing
    }

    /// The fields of a command lie in its line, one behind the other, without blanks but in the last one.
    private static func check(_ line: [UInt8]) throws(FuzzFailure) {
        var failure: FuzzFailure?
        line.withUnsafeBytes { line in
            do throws(FuzzFailure) {
                let (verb, fields) = parts(of: CommandParser.parse(line))
                guard let verb else { return }
                try require(line.firstRange(of: verb.utf8) != nil, "a \(verb) that the line does not have")
                var position = line.firstRange(of: verb.utf8)?.upperBound ?? 0
                for (index, field) in fields.enumerated() {
                    let offset = try start(of: field, in: line)
                    try require(!field.isEmpty && offset > position, "field \(index) of \(verb) lies wrong")
                    position = offset + field.count
                    try require(position <= line.count, "field \(index) of \(verb) leaves the line")
                    try require(index + 1 == fields.count || !field.contains(0x20), "a blank in a field of \(verb)")
                }
                try require(
                    fields.isEmpty || line[position...].allSatisfy { [0x20, 0x09, 0x0D].contains($0) },
                    "\(verb) leaves a part of its line"
                )
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private static func start(
        of field: UnsafeRawBufferPointer,
        in line: UnsafeRawBufferPointer
    ) throws(FuzzFailure) -> Int {
        guard let field = field.baseAddress, let line = line.baseAddress, field >= line else {
            throw FuzzFailure("a field outside of the line")
        }
        return field - line
    }

    /// The verb and the fields of a command that has all it needs.
    private static func parts(of command: Command) -> (verb: String?, fields: [UnsafeRawBufferPointer]) {
        switch command {
        case .declareQueue(let queue): ("declare_queue", [queue])
        case .declareExchange(let exchange, let kind): ("declare_exchange", [exchange] + (kind.map { [$0] } ?? []))
        case .bind(let first, let second, let key): ("bind", [first, second, key])
        case .publish(let message): ("publish", [message.exchange, message.routingKey, message.content])
        case .publishBatch(let batch): ("publish_batch", [batch.exchange, batch.routingKey, batch.content])
        case .consume(let queue, let prefetch): ("consume", [queue] + (prefetch.map { [$0] } ?? []))
        case .fetch(let queue): ("fetch", [queue])
        case .ack(let id): ("ack", [id])
        case .release(let id): ("release", [id])
        case .reject(let id, let reason): ("reject", [id] + (reason.map { [$0] } ?? []))
        case .resend(let id): ("resend", [id])
        case .registerPublicKey(let key): ("register_public_key", [key])
        case .getPublicKey(let client): ("get_public_key", [client])
        case .registerKey(let client, let key): ("register_key", [client, key])
        case .getKey(let client): ("get_key", [client])
        case .redrive(let queue): ("redrive", [queue])
        case .purge(let queue): ("purge", [queue])
        case .heartbeat, .stats, .incomplete, .unknown: (nil, [])
        }
    }
}
