internal import Synchronization

extension Journal {
    /// The body of the journal's writing thread.
    func write() {
        while true {
            switch writer.withLock({ $0?.step() ?? .ended }) {
            case .wrote: break
            case .idle(isMarkDue: false): wake.wait()
            case .idle(isMarkDue: true):
                let groups = state.withLock { $0.statistics.groups }
                if !wake.wait(atMost: configuration.idleMarkDelay) { enqueueMark(unlessChangedFrom: groups) }
            case .ended: return
            }
        }
    }

    /// After an idle moment: vouches on disk for the last records, so that damage to them is told from a torn tail.
    private func enqueueMark(unlessChangedFrom groups: Int) {
        state.withLock { state in
            guard state.statistics.groups == groups, state.pending.isEmpty, !state.hasOpenBatch else { return }
            JournalWriter.appendMark(to: &state, in: environment)
        }
    }
}

/// Takes all that was committed meanwhile, writes it, syncs once, reports. One thread at a time may have it.
final class JournalWriter {
    enum Step {
        case wrote
        case idle(isMarkDue: Bool)
        case ended
    }

    private enum Work {
        case group
        case idle(isMarkDue: Bool)
        case ended
    }

    /// How much is written between two looks at the free space.
    private static let spaceCheckBytes = 16 << 20

    private let journal: Journal
    private let handlers: Journal.Handlers
    /// The segment being written: a file that somebody holds is never recycled.
    private var file: JournalFile?
    private var writer: SegmentWriter?
    private var group: [JournalPiece] = []
    private var unmeasuredBytes = 0

    init(_ journal: Journal, handlers: Journal.Handlers) {
        self.journal = journal
        self.handlers = handlers
    }

    /// Does what there is to do, or says how to wait for it.
    func step() -> Step {
        switch takeWork() {
        case .group: writeTaken() ? .wrote : .ended
        case .idle(let isMarkDue): .idle(isMarkDue: isMarkDue)
        case .ended: .ended
        }
    }

    /// Writes and syncs what was committed; `false` when there was nothing, or the disk failed.
    func writePending() -> Bool {
        let hasWork = journal.state.withLock { state in
            guard !state.pending.isEmpty else { return false }
            swap(&group, &state.pending)
            return true
        }
        return hasWork && writeTaken()
    }

    private func writeTaken() -> Bool {
        // Lets go of the chunks, keeps the array.
        defer { group.removeAll(keepingCapacity: true) }
        do throws(JournalError) {
            try writeGroup()
            return true
        } catch {
            fail(error)
            return false
        }
    }

    private func takeWork() -> Work {
        var taken: [JournalPiece] = []
        swap(&taken, &group)
        let work: Work = journal.state.withLock { state in
            // The disk failed in the hands of another thread.
            if state.failure != nil { return .ended }
            if !state.pending.isEmpty {
                swap(&taken, &state.pending)
                return .group
            }
            let isMarkDue = state.markedThrough < state.recordsEnd
            if state.isClosing {
                guard isMarkDue else { return .ended }
                // A batch that is still open can't be committed any more, but keeps its memory.
                if state.hasOpenBatch {
                    state.cursor = AppendCursor(position: state.cursor.position, segment: state.cursor.segment)
                }
                Self.appendMark(to: &state, in: journal.environment)
                swap(&taken, &state.pending)
                return .group
            }
            state.isWriterWaiting = true
            state.isWriterTimed = isMarkDue && !state.hasOpenBatch
            return .idle(isMarkDue: state.isWriterTimed)
        }
        swap(&taken, &group)
        return work
    }

    static func appendMark(to state: inout Journal.State, in environment: AppendCursor.Environment) {
        let first = state.pending.count
        _ = state.cursor.reserve(RecordFormat.markBytes, in: environment, pieces: &state.pending)
        state.pending[state.pending.count - 1].hasMark = true
        state.inFlightBytes += state.pending[first...].reduce(0) { $0 + $1.count }
    }

    private func writeGroup() throws(JournalError) {
        // What a mark says has to be true when it reaches the disk, so it is what was synced before this group.
        let proven = journal.durableThrough
        var marked: JournalPosition?
        var index = 0
        while index < group.count {
            var next = index
            repeat {
                let piece = group[next]
                if piece.hasMark {
                    piece.chunk.stampMark(at: piece.start, durableThrough: proven, format: journal.environment.format)
                    marked = proven
                }
                next += 1
            } while next < group.count && group[next - 1].isContinued(by: group[next])
            try write(group[index..<next])
            index = next
        }
        try sync(through: group[group.count - 1].endPosition, bytes: group.reduce(0) { $0 + $1.count }, marked: marked)
    }

    /// Writes adjacent pieces with one call. The last one of a segment first makes the next segment: a finished
    /// segment without a successor is therefore always a loss.
    private func write(_ run: ArraySlice<JournalPiece>) throws(JournalError) {
        let (first, last) = (run[run.startIndex], run[run.endIndex - 1])
        var successor: JournalFile?
        if last.endsSegment {
            // A segment is closed only for a record that does not fit: that one follows in the same group.
            successor = try journal.segments.activate(group[run.endIndex].segment)
            journal.housekeeper.prepareSpares()
            journal.measureSpace()
        }
        let count = last.end - first.start
        let bytes = UnsafeRawBufferPointer(start: first.chunk.memory.pointer + first.start, count: count)
        let writer = try tail()
        try writer.write(bytes, at: first.position)
        journal.written.store(last.endPosition, ordering: .releasing)
        noteWritten(count)
        if let successor {
            // The next segment gets its first record only after this one is complete on disk.
            try sync(through: group[run.endIndex].segment.base, bytes: 0, marked: nil)
            file = successor
            try writer.move(to: successor.path, group[run.endIndex].segment, in: journal.fileSystem)
        }
    }

    private func sync(through position: JournalPosition, bytes: Int, marked: JournalPosition?) throws(JournalError) {
        try tail().syncData()
        journal.durable.store(position, ordering: .releasing)
        journal.state.withLock { state in
            state.inFlightBytes -= bytes
            if let marked { state.markedThrough = max(state.markedThrough, marked) }
            state.statistics.syncs += 1
            state.statistics.groups += bytes > 0 ? 1 : 0
            state.statistics.bytesWritten += bytes
        }
        handlers.onDurable(position)
    }

    /// Opened here and not by whoever starts the thread, which may hold the file for longer.
    private func tail() throws(JournalError) -> SegmentWriter {
        if let writer { return writer }
        let position = journal.durableThrough
        guard let (extent, opened) = try journal.segments.segment(containing: position) else {
            throw .missingSegment(from: position, path: journal.configuration.directory)
        }
        let tail = try SegmentWriter(opened.path, extent, at: position, in: journal.fileSystem)
        (file, writer) = (opened, tail)
        return tail
    }

    private func noteWritten(_ count: Int) {
        unmeasuredBytes += count
        if unmeasuredBytes >= Self.spaceCheckBytes {
            unmeasuredBytes = 0
            journal.measureSpace()
        }
    }

    private func fail(_ error: JournalError) {
        journal.state.withLock { state in
            state.failure = error
            state.pending = []
        }
        handlers.onFailure(error)
    }
}
