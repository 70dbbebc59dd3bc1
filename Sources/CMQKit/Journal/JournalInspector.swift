/// A segment as it lies in the directory.
package struct JournalSegmentSummary: Sendable {
    package var path: String
    package var basePosition: JournalPosition
    /// Nil where the header cannot be read.
    package var endPosition: JournalPosition?
    package var fileBytes: UInt64
    package var problem: JournalError?
}

/// A checkpoint as it lies in the directory.
package struct JournalCheckpointSummary: Sendable {
    package var path: String
    package var position: JournalPosition
    /// Nil where the file is damaged.
    package var payloadBytes: UInt64?
    package var problem: JournalError?
}

/// What a walk through a segment meets. The payload is valid while the closure that received it runs.
package struct JournalEntry {
    package enum Role: Equatable, Sendable {
        case record
        case syncMark(durableThrough: JournalPosition)
        case segmentEnd
        /// What a repair gave up; its content is not shown.
        case lost
    }

    package var role: Role
    package var position: JournalPosition
    package var kind: UInt8
    package var payloadBytes: Int
    /// Empty where the payload is damaged.
    package var payload: UnsafeRawBufferPointer
    package var isIntact: Bool
    package var path: String
    /// The offset in the file at `path`.
    package var offset: UInt64
}

/// What a look at a whole journal found.
package struct JournalVerification: Sendable {
    package var segments: [JournalSegmentSummary] = []
    package var checkpoints: [JournalCheckpointSummary] = []
    /// The callers' records, intact ones only.
    package var recordCount = 0
    package var payloadBytes: UInt64 = 0
    /// The places where an earlier repair gave something up.
    package var lostCount = 0
    /// Where the log ends.
    package var endPosition: JournalPosition = 0
    /// How far sync marks prove the log to be durable.
    package var provenThrough: JournalPosition = 0
    /// Bytes of records behind the end that had begun; the next start drops them.
    package var tornBytes: UInt64 = 0
    /// In the order in which they were met; the first is where to look.
    package var problems: [JournalError] = []
}

/// Looks into a journal without its lock and without changing a byte, also while a broker writes it.
package struct JournalInspector: Sendable {
    let layout: JournalLayout
    let fileSystem: any JournalFileSystem

    package init(directory: String, fileSystem: any JournalFileSystem = LocalFileSystem()) {
        layout = JournalLayout(directory: directory)
        self.fileSystem = fileSystem
    }

    /// The segments, oldest first.
    package func segments() throws(JournalError) -> [JournalSegmentSummary] {
        var summaries: [JournalSegmentSummary] = []
        for base in try layout.content(in: fileSystem).segments {
            let path = layout.segment(base)
            var summary = JournalSegmentSummary(path: path, basePosition: base, fileBytes: 0)
            do throws(JournalError) {
                let file = try JournalFile(path, .read, in: fileSystem)
                summary.fileBytes = try file.size()
                summary.endPosition = try SegmentHeader.read(from: file, base: base).extent.end
            } catch {
                if error.isMissingFile { continue }
                summary.problem = error
            }
            summaries.append(summary)
        }
        return summaries
    }

    /// The checkpoints, oldest first, each read and checked as a whole.
    package func checkpoints() throws(JournalError) -> [JournalCheckpointSummary] {
        var summaries: [JournalCheckpointSummary] = []
        for position in try layout.content(in: fileSystem).checkpoints {
            let path = layout.checkpoint(position)
            var summary = JournalCheckpointSummary(path: path, position: position)
            do throws(JournalError) {
                summary.payloadBytes = try JournalCheckpoint(path, position: position, in: fileSystem).payloadBytes
            } catch {
                if error.isMissingFile { continue }
                summary.problem = error
            }
            summaries.append(summary)
        }
        return summaries
    }

    /// Reads everything and says what is wrong.
    package func verify() throws(JournalError) -> JournalVerification {
        try walk { _ in true }
    }

    /// Shows `visit` each record, mark and segment end from `start` on, until it returns false.
    ///
    /// - Returns: what was found up to there.
    package func walk(
        from start: JournalPosition = 0,
        _ visit: (JournalEntry) -> Bool
    ) throws(JournalError) -> JournalVerification {
        let content = try layout.content(in: fileSystem)
        guard content.hasIdentity || !content.segments.isEmpty || !content.checkpoints.isEmpty else {
            throw JournalError(
                .missingSegment,
                "there is no journal here",
                path: layout.directory,
                remedy: "name the directory that the broker keeps its journal in"
            )
        }
        var walk = InspectionWalk(inspector: self, start: start)
        if content.hasIdentity {
            do throws(JournalError) {
                walk.journalID = try JournalIdentity.read(layout.identity, in: fileSystem)
            } catch {
                walk.verification.problems.append(error)
            }
        }
        try walk.run(visit)
        return walk.verification
    }
}

extension JournalError {
    /// Whether the file had gone by the time it was opened: retired by the broker at work.
    var isMissingFile: Bool { code == .system && errno == SystemCallError.noSuchFile }
}
