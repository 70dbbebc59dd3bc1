internal import Glibc

/// Why the journal refused or failed: what, in which file and where in it, and what to do about it.
package struct JournalError: Error, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// A system call failed; see ``JournalError/errno``.
        case system
        /// Another process, or another open journal of this one, owns the directory.
        case locked
        case invalidConfiguration
        /// A file of a newer format.
        case unsupportedVersion
        /// A segment's header, or a record that was durable once, is damaged.
        case corruptSegment
        case missingSegment
        case corruptCheckpoint
        case corruptIdentity
        /// A file of another journal lies in the directory.
        case foreignFile
        /// The caller's closure threw while it was handed a checkpoint or a record.
        case rejectedByCaller
        case recordTooLarge
        case lowOnSpace
        /// Too much is committed and not yet durable.
        case inFlightLimit
        case closed
        /// The position lies in a segment that was retired.
        case retired
        /// The position lies behind what was written.
        case notWritten
        /// The checkpoint's position is not durable yet or lies before an existing checkpoint.
        case checkpointOutOfOrder
        /// So much is damaged that nobody can tell what the rest means.
        case beyondRepair
        /// The directory that a copy should go to holds a journal already.
        case targetExists
        /// The files changed again and again while they were copied.
        case unstable
    }

    package var code: Code
    /// What went wrong, without path and offset.
    package var message: String
    package var path: String?
    /// The offset in the file at ``path``, in bytes.
    package var offset: UInt64?
    /// The value of `errno`; 0 where the reason is not the system's.
    package var errno: Int32
    /// What an operator can do, one sentence.
    package var remedy: String
    package var cause: (any Error)?

    init(
        _ code: Code,
        _ message: String,
        path: String? = nil,
        offset: UInt64? = nil,
        errno: Int32 = 0,
        remedy: String,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.path = path
        self.offset = offset
        self.errno = errno
        self.remedy = remedy
        self.cause = cause
    }

    package var description: String {
        var text = message
        if let path { text += " (\(path)" + (offset.map { ", offset \($0))" } ?? ")") }
        if let cause { text += ": \(cause)" }
        return text
    }
}

extension JournalError {
    static func system(
        _ action: String,
        _ path: String,
        offset: UInt64? = nil,
        _ error: SystemCallError
    ) -> JournalError {
        let remedy =
            switch error.errno {
            case ENOSPC, EDQUOT: "free space on the file system of the journal and start again"
            case EACCES, EPERM, EROFS: "make the journal's directory writable for the user that runs the broker"
            case EMFILE, ENFILE: "raise the limit of open files and start again"
            default: "check the disk and the system log; what was reported durable is read back at the next start"
            }
        return JournalError(
            .system,
            "cannot \(action): \(error.reason)",
            path: path,
            offset: offset,
            errno: error.errno,
            remedy: remedy
        )
    }

    static func corruptSegment(_ what: String, path: String, offset: UInt64) -> JournalError {
        JournalError(
            .corruptSegment,
            "the journal is damaged: \(what)",
            path: path,
            offset: offset,
            remedy: "restore the journal from a backup, or see with 'cmq-admin journal repair' what would be lost"
        )
    }

    static func overlappingSegment(path: String) -> JournalError {
        JournalError(
            .corruptSegment,
            "the journal is damaged: two segments hold the same positions",
            path: path,
            offset: 16,
            remedy: "move the file that does not belong there elsewhere, or restore the directory from a backup"
        )
    }

    static func missingSegment(from position: JournalPosition, path: String) -> JournalError {
        JournalError(
            .missingSegment,
            "the journal has a gap: no segment holds position \(position)",
            path: path,
            remedy: "put the missing file back, or see with 'cmq-admin journal repair' what would be lost"
        )
    }

    static func corruptCheckpoint(_ what: String, path: String, offset: UInt64) -> JournalError {
        JournalError(
            .corruptCheckpoint,
            "the checkpoint is damaged: \(what)",
            path: path,
            offset: offset,
            remedy: "restore the checkpoint file or the segments that it replaced from a backup"
        )
    }

    static func foreign(path: String) -> JournalError {
        JournalError(
            .foreignFile,
            "the file belongs to another journal",
            path: path,
            offset: 0,
            remedy: "move the file out of the journal's directory and restore the right one"
        )
    }

    static func unsupportedVersion(_ version: UInt32, path: String) -> JournalError {
        JournalError(
            .unsupportedVersion,
            "the file has format version \(version), this program reads \(JournalFormat.version)",
            path: path,
            offset: 8,
            remedy: "use the program version that wrote the journal, or a newer one"
        )
    }

    static func retired(_ position: JournalPosition, directory: String) -> JournalError {
        JournalError(
            .retired,
            "position \(position) lies in a segment that was retired",
            path: directory,
            remedy: "ask only for positions in segments that were not retired"
        )
    }

    static func beyondRepair(_ what: String, path: String) -> JournalError {
        JournalError(
            .beyondRepair,
            "the journal cannot be repaired: \(what)",
            path: path,
            remedy: "restore the journal's directory from a backup; nothing was changed"
        )
    }

    static let closed = JournalError(.closed, "the journal is closed", remedy: "open the journal again")
}
