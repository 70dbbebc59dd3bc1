internal import Synchronization

/// The checkpoints of a journal: the newest two are kept.
final class CheckpointStore: Sendable {
    private static let kept = 2

    private let layout: JournalLayout
    private let journalID: JournalID
    private let fileSystem: any JournalFileSystem
    /// The positions of the checkpoints known to be intact and durable, in order.
    private let intact: Mutex<[JournalPosition]>
    /// Held while one is written, so that two callers do not share a temporary file.
    private let writing = Mutex(())

    init(
        layout: JournalLayout,
        journalID: JournalID,
        intact: [JournalPosition],
        in fileSystem: any JournalFileSystem
    ) {
        self.layout = layout
        self.journalID = journalID
        self.fileSystem = fileSystem
        self.intact = Mutex(intact)
    }

    /// The newest position that a start would begin at; what lies wholly before it may be retired.
    var newest: JournalPosition? { intact.withLock { $0.last } }

    func write(
        at position: JournalPosition,
        durableThrough: JournalPosition,
        _ body: (JournalCheckpointWriter) throws -> Void
    ) throws(JournalError) {
        try writing.withLock { (_) throws(JournalError) in
            guard position <= durableThrough, position >= newest ?? 0 else {
                throw JournalError(
                    .checkpointOutOfOrder,
                    "a checkpoint at \(position) lies outside \(newest ?? 0)...\(durableThrough)",
                    path: layout.directory,
                    remedy: "write checkpoints in order and only of what is durable"
                )
            }
            let path = layout.checkpoint(position)
            let temporary = layout.temporary(for: path)
            do throws(JournalError) {
                let file = try JournalFile(temporary, .create, in: fileSystem, laterNamed: path)
                let writer = JournalCheckpointWriter(file)
                do {
                    try body(writer)
                } catch let error as JournalError {
                    throw error
                } catch {
                    throw Self.rejected(error, path: path)
                }
                try writer.finish(position: position, journalID: journalID)
                try fileSystem.move(temporary, to: path)
            } catch {
                // The next start sweeps it in any case.
                try? fileSystem.remove(temporary)
                throw error
            }
            try fileSystem.syncDirectory(layout.directory)
            let keep = intact.withLock { intact in
                if intact.last != position { intact.append(position) }
                intact = intact.suffix(Self.kept)
                return intact
            }
            removeAll(except: keep)
        }
    }

    /// One that cannot be deleted now is deleted after the next checkpoint.
    private func removeAll(except keep: [JournalPosition]) {
        guard let content = try? layout.content(in: fileSystem) else { return }
        for position in content.checkpoints where !keep.contains(position) {
            try? fileSystem.remove(layout.checkpoint(position))
        }
    }

    private static func rejected(_ error: any Error, path: String) -> JournalError {
        JournalError(
            .rejectedByCaller,
            "the checkpoint's content could not be made",
            path: path,
            remedy: "see the reason; the journal goes on without this checkpoint",
            cause: error
        )
    }
}
