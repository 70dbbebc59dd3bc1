internal import Foundation
internal import Glibc

/// One log file with its rotation. Not for several threads; ``LogFiles`` keeps it behind a lock.
final class LogFile {
    /// What a file's lines and size are bounded by.
    struct Policy {
        var rotation: LogRotation
        var sizeBytesMax: Int
        var keptFiles: Int
    }

    let path: String
    private let policy: Policy
    private let complain: @Sendable (String) -> Void
    private var descriptor: Int32 = -1
    private var size = 0
    /// Devices and pipes are written to and never put away.
    private var isRegular = true
    /// When the file's first line was written, or the last of an earlier run.
    private var begun: LogTime
    private var buffer: [UInt8] = []
    /// When putting the file away failed last: one attempt a second is enough.
    private var rollFailed: LogTime?
    /// Whether the file ends in a part of a line, after a disk was full.
    private var endsInsideLine = false
    private var isFailing = false
    private var lostLines = 0
    /// All lines that could not be written.
    private(set) var failedLines = 0

    init(
        path: String,
        policy: Policy,
        now: LogTime,
        complain: @escaping @Sendable (String) -> Void
    ) throws(LogFileError) {
        self.path = path
        self.policy = policy
        self.complain = complain
        begun = now
        try reopen(now: now)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Opens the path again, after somebody moved the file away; on failure the old file stays in use.
    func reopen(now: LogTime) throws(LogFileError) {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        try? FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o750]
        )
        // Without O_NONBLOCK a pipe that nobody reads would hold up the start.
        let opened = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
        guard opened >= 0 else { throw LogFileError(path, errno: errno) }
        var information = stat()
        guard fstat(opened, &information) == 0 else {
            let code = errno
            close(opened)
            throw LogFileError(path, errno: code)
        }
        if descriptor >= 0 { close(descriptor) }
        descriptor = opened
        isRegular = information.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(information.st_size) : 0
        begun = size > 0 ? LogTime(secondsSinceEpoch: information.st_mtim.tv_sec) : now
        endsInsideLine = false
    }

    /// Adds a line, which reaches the file with ``flush()`` at the latest.
    func append(_ line: ArraySlice<UInt8>, at time: LogTime) {
        if isRegular, size + buffer.count > 0 {
            let isOver = policy.rotation.period(of: time) > policy.rotation.period(of: begun)
            if isOver || size + buffer.count + line.count > policy.sizeBytesMax {
                flush()
                if !roll(at: time), size + line.count > policy.sizeBytesMax {
                    // Bounded even where the directory does not let the file be put away.
                    fail(lines: 1, "the log \(path) is full and cannot be put away")
                    return
                }
            }
        }
        if size + buffer.count == 0 { begun = time }
        buffer.append(contentsOf: line)
    }

    /// Writes what was appended. What cannot be written is dropped and counted.
    func flush() {
        guard !buffer.isEmpty else { return }
        if endsInsideLine { buffer.insert(UInt8(ascii: "\n"), at: 0) }
        let outcome = LogOutput.write(buffer[...], to: descriptor)
        size += outcome.count
        if let code = outcome.errno {
            let written = buffer[..<outcome.count]
            endsInsideLine = written.isEmpty ? endsInsideLine : written.last != UInt8(ascii: "\n")
            let lost = buffer[outcome.count...].count { $0 == UInt8(ascii: "\n") }
            fail(lines: lost, "cannot write the log \(path): \(String(cString: strerror(code)))")
        } else {
            endsInsideLine = false
            if isFailing {
                isFailing = false
                complain("the log \(path) works again; \(lostLines) lines were lost")
                lostLines = 0
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// One line for people when it begins to fail; the rest is counted.
    private func fail(lines: Int, _ sentence: String) {
        failedLines += lines
        lostLines += lines
        if !isFailing { complain("\(sentence); its lines are dropped until it works again") }
        isFailing = true
    }

    /// Puts the file away under its period's name and begins a new one.
    private func roll(at time: LogTime) -> Bool {
        if rollFailed == time { return false }
        let rotated = RotatedLogFiles(of: path)
        let target = rotated.nextPath(ending: policy.rotation.ending(of: begun))
        // A file that somebody else moved away needs no name, only a successor.
        guard rename(path, target) == 0 || errno == ENOENT, (try? reopen(now: time)) != nil else {
            rollFailed = time
            return false
        }
        rotated.keepNewest(policy.keptFiles)
        return true
    }
}
