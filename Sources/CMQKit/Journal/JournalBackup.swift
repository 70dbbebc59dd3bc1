/// Copies a journal while a broker writes it, so that the copy is what a power cut at some moment would have left.
package struct JournalBackup {
    /// Segments may go while they are copied; a journal that changes so fast so often is not to be copied.
    private static let attemptsMax = 20

    private let layout: JournalLayout
    private let fileSystem: any JournalFileSystem
    private let copy: DirectoryCopy

    package init(directory: String, fileSystem: any JournalFileSystem = LocalFileSystem()) {
        layout = JournalLayout(directory: directory)
        self.fileSystem = fileSystem
        copy = DirectoryCopy(layout: layout, fileSystem: fileSystem)
    }

    /// Copies to `directory`, which must not hold a journal yet, and checks the copy.
    ///
    /// - Returns: what the copy holds, without problems.
    /// - Throws: ``JournalError/Code/targetExists``, ``JournalError/Code/unstable``, or what is wrong with a journal that
    ///   is damaged itself: where its end is nobody could say.
    package func run(to directory: String) throws(JournalError) -> JournalVerification {
        let source = try JournalInspector(directory: layout.directory, fileSystem: fileSystem).verify()
        if let problem = source.problems.first { throw problem }
        let target = try copy.makeTarget(directory)
        var problem: JournalError?
        for _ in 0..<Self.attemptsMax {
            try clear(target)
            guard try copyOnce(to: target) else { continue }
            try fileSystem.syncDirectory(directory)
            let found = try JournalInspector(directory: directory, fileSystem: fileSystem).verify()
            guard let first = found.problems.first else { return found }
            problem = first
        }
        try clear(target)
        if let problem { throw problem }
        throw JournalError(
            .unstable,
            "the journal's segments came and went while they were copied",
            path: layout.directory,
            remedy: "try again when the broker has less to do"
        )
    }

    /// - Returns: false where a file went, or became another one, meanwhile.
    private func copyOnce(to target: JournalLayout) throws(JournalError) -> Bool {
        // The checkpoint first: the segments that are there later hold everything behind it, until the next one.
        guard try copyNewestCheckpoint(to: target) else { return false }
        let bases = try layout.content(in: fileSystem).segments
        let format = RecordFormat(try JournalIdentity.read(layout.identity, in: fileSystem))
        var isAtEnd = false
        for base in bases {
            do throws(JournalError) {
                let file = try JournalFile(layout.segment(base), .read, in: fileSystem)
                let extent = try SegmentHeader.read(from: file, base: base).extent
                let written = try writtenEnd(file, extent, format)
                if isAtEnd {
                    // The one before was being written: this one was made for what comes next, and is left out.
                    guard written.position == base else { return false }
                    continue
                }
                // A finished segment without its successor would be a gap.
                isAtEnd = !written.isFinished || base == bases.last
                let end = isAtEnd ? extent.offset(of: written.position) : extent.fileBytes
                try copy.copy(file, to: target.segment(base), through: end)
                // A recycled file gets its new header before anything else.
                _ = try SegmentHeader.read(from: file, base: base)
            } catch {
                if error.isMissingFile || error.code == .corruptSegment, try isGone(base) { return false }
                throw error
            }
        }
        try copy.copy(layout.identity, to: target.identity)
        return true
    }

    /// Whether the segment was retired: a recycled file lies under another name.
    private func isGone(_ base: JournalPosition) throws(JournalError) -> Bool {
        try !layout.content(in: fileSystem).segments.contains(base)
    }

    /// - Returns: false where it was replaced meanwhile.
    private func copyNewestCheckpoint(to target: JournalLayout) throws(JournalError) -> Bool {
        guard let position = try layout.content(in: fileSystem).checkpoints.last else { return true }
        do throws(JournalError) {
            try copy.copy(layout.checkpoint(position), to: target.checkpoint(position))
            return true
        } catch {
            if error.isMissingFile { return false }
            throw error
        }
    }

    /// Up to where a segment holds records at this moment, and whether its end record is there. Behind that a copy could
    /// show a later record and miss an earlier one.
    private func writtenEnd(
        _ file: JournalFile,
        _ extent: SegmentExtent,
        _ format: RecordFormat
    ) throws(JournalError) -> (position: JournalPosition, isFinished: Bool) {
        var scanner = SegmentScanner(file, extent, format: format, from: extent.base)
        while true {
            switch try scanner.next(limit: .max) {
            case .record, .mark, .lost: continue
            case .end: return (scanner.position, true)
            case .invalid, .exhausted: return (scanner.position, false)
            }
        }
    }

    private func clear(_ target: JournalLayout) throws(JournalError) {
        let content = try target.content(in: fileSystem)
        for base in content.segments { try fileSystem.remove(target.segment(base)) }
        for position in content.checkpoints { try fileSystem.remove(target.checkpoint(position)) }
        if content.hasIdentity { try fileSystem.remove(target.identity) }
    }
}
