/// Something that a repair gives up.
package struct JournalLoss: Sendable {
    package enum Extent: Sendable {
        /// One record, whose kind and length are known.
        case record(kind: UInt8)
        /// A stretch in which one record or more were.
        case stretch
        /// A whole segment.
        case segment
        /// Whatever came behind the last segment there is.
        case end
    }

    package var extent: Extent
    package var path: String
    /// The offset in the file at ``path``.
    package var offset: UInt64
    package var position: JournalPosition
    /// How much is given up; 0 where nobody can know.
    package var bytes: UInt64
    /// What is left of a record: its kind and payload, either of which may be wrong.
    package var kind: UInt8 = 0
    package var remains: [UInt8] = []
}

/// What a repair found, and what it did.
package struct JournalRepairReport: Sendable {
    package var losses: [JournalLoss] = []
    /// Files that are written, made or taken away, in order.
    package var changes: [String] = []
    /// Where the original is; nil where nothing was changed.
    package var backup: String?
}

/// Makes a damaged journal one that a broker starts with, and says what that costs.
///
/// Damaged stretches become records that say that something was lost, in place, so that every other record keeps its
/// position: the catalog and the checkpoints refer to those.
package struct JournalRepair {
    private let layout: JournalLayout
    private let fileSystem: any JournalFileSystem

    package init(directory: String, fileSystem: any JournalFileSystem = LocalFileSystem()) {
        layout = JournalLayout(directory: directory)
        self.fileSystem = fileSystem
    }

    /// Finds out what is damaged, with the journal locked, so that no broker works on it.
    ///
    /// - Parameter backup: Where the original is copied to before anything is changed; nil changes nothing.
    /// - Throws: ``JournalError/Code/locked``, ``JournalError/Code/beyondRepair``, or why a file cannot be read.
    package func run(backup: String?) throws(JournalError) -> JournalRepairReport {
        // Before the lock, which makes its file.
        let content = try layout.content(in: fileSystem)
        guard !content.segments.isEmpty else { throw .beyondRepair("there is no segment", path: layout.directory) }
        let lock = try lock()
        defer { withExtendedLifetime(lock) {} }
        var planner = RepairPlanner(layout: layout, fileSystem: fileSystem)
        try planner.plan(try layout.content(in: fileSystem))
        var report = JournalRepairReport(losses: planner.losses, changes: planner.steps.map { $0.path(in: layout) })
        guard let backup, !planner.steps.isEmpty, let journalID = planner.journalID else { return report }
        try DirectoryCopy(layout: layout, fileSystem: fileSystem).all(to: backup)
        report.backup = backup
        for step in planner.steps {
            try step.apply(journalID, layout: layout, in: fileSystem)
        }
        try fileSystem.syncDirectory(layout.directory)
        let problems = try JournalInspector(directory: layout.directory, fileSystem: fileSystem).verify().problems
        if let problem = problems.first { throw problem }
        return report
    }

    private func lock() throws(JournalError) -> DirectoryLock {
        do throws(JournalError) {
            return try DirectoryLock(layout, in: fileSystem)
        } catch {
            var error = error
            if error.code == .locked { error.remedy = "stop the broker first; it is the one that writes this journal" }
            throw error
        }
    }
}
