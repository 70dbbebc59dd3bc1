internal import DequeModule
internal import NIOCore

/// Commands for an older broker, one line each, in their order.
struct HeldCommands {
    struct Command: Equatable {
        var line: ByteBuffer
        var expectation: ConnectionStateMachine.Expectation
    }

    /// What the earlier brokers read at once. The rest of a longer line would be taken for a command of its own,
    /// and shift every answer after it.
    static let lineBytesMax = 4_096

    private var commands = Deque<Command>()

    /// - Parameter lines: As many lines with their ends as there are expectations.
    mutating func append(_ lines: ByteBuffer, _ expectations: [ConnectionStateMachine.Expectation]) {
        var lines = lines
        for expectation in expectations {
            let end = lines.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) ?? lines.writerIndex - 1
            guard let line = lines.readSlice(length: end + 1 - lines.readerIndex) else { return }
            commands.append(Command(line: line, expectation: expectation))
        }
    }

    mutating func next() -> Command? {
        commands.popFirst()
    }

    /// The expectations of what was not sent.
    mutating func takeAll() -> [ConnectionStateMachine.Expectation] {
        defer { commands = [] }
        return commands.map(\.expectation)
    }
}

extension HeldCommands.Command {
    /// What becomes of a message that such a broker cannot read.
    var refusal: PublishReport? {
        guard case .publish(let ticket, _) = expectation, line.readableBytes > HeldCommands.lineBytesMax else {
            return nil
        }
        let reason = "message exceeds the \(HeldCommands.lineBytesMax) bytes that this older broker reads"
        return PublishReport(ticket: ticket, outcome: .notDone(reason: reason))
    }
}
