internal import CMQCommand
internal import CMQWire
internal import Synchronization

/// Which messages the reader of our standard output has taken: a pipe holds some that nobody read yet,
/// and those go back to the queue when the reader leaves.
final class PrintedMessages: Sendable {
    private struct State {
        var waiting: [(end: Int, id: MessageID)] = []
        var start = 0
        var written = 0
    }

    private let output: OutputDescriptor
    private let state = Mutex(State())

    init(output: OutputDescriptor) {
        self.output = output
    }

    /// Writes lines; `ends` are the offsets at which the messages end in them.
    ///
    /// - Throws: ``OutputDescriptor/Failure``, after noting what was accepted.
    func write(_ lines: [UInt8], _ messages: [(end: Int, id: MessageID)]) throws(OutputDescriptor.Failure) {
        let before = state.withLock { state in
            state.waiting += messages.map { (state.written + $0.end, $0.id) }
            return state.written
        }
        do throws(OutputDescriptor.Failure) {
            try output.write(lines)
            state.withLock { $0.written = before + lines.count }
        } catch {
            if case .closed(let accepted) = error { state.withLock { $0.written = before + accepted } }
            throw error
        }
    }

    /// The messages that were read since the last time.
    func takeRead() -> [MessageID] {
        takeRead { output.unreadBytes }
    }

    /// - Parameter measure: Tells how many bytes of what was written nobody has read.
    func takeRead(_ measure: () -> Int) -> [MessageID] {
        // Before measuring: what another thread writes after that would count as read.
        let written = state.withLock { $0.written }
        let unread = measure()
        return state.withLock { Self.take(&$0, upTo: written - unread) }
    }

    /// The messages that the pipe holds for a reader who is still there.
    func takeAccepted() -> [MessageID] {
        state.withLock { Self.take(&$0, upTo: $0.written) }
    }

    /// Whether a message waits for the reader.
    func contains(_ id: MessageID) -> Bool {
        state.withLock { state in state.waiting[state.start...].contains { $0.id == id } }
    }

    var isClosed: Bool { output.isClosed }

    private static func take(_ state: inout State, upTo end: Int) -> [MessageID] {
        var ids: [MessageID] = []
        while state.start < state.waiting.count, state.waiting[state.start].end <= end {
            ids.append(state.waiting[state.start].id)
            state.start += 1
        }
        if state.start == state.waiting.count || state.start > 4_096 {
            state.waiting.removeFirst(state.start)
            state.start = 0
        }
        return ids
    }
}
