package import CMQCommand
internal import CMQSecrets
package import CMQWire
internal import Foundation

/// Messages on disk until the broker has them.
///
/// The folder holds numbered segments (`00000001.spool`, one ``SpoolRecord`` a line) and beside each
/// the identities that were acknowledged (`00000001.done`). A segment goes when all of it is
/// acknowledged. Records are on disk before they are sent; acknowledgements need not be: what is sent
/// again after a crash has the same identity, and the broker keeps one. One process uses a folder at a time.
package final class Spool {
    private struct Segment {
        var number: Int
        var records = 0
        var settled = 0
        var isClosed = false
        /// Acknowledged before this process began.
        var done: Set<MessageID> = []
    }

    private static let segmentBytesMax = 8 << 20

    package let directory: String
    private let lock: OwnedDescriptor
    private var segments: [Segment] = []
    private var writer: SpoolFile?
    private var doneFiles: [Int: SpoolFile] = [:]
    private var places: [MessageID: Int] = [:]
    private var pending: [UInt8] = []
    private var reader = SpoolReader()
    /// Messages that are not acknowledged, whether they were sent or not.
    package private(set) var count = 0
    /// Bytes that were written and not yet read back to be sent.
    package private(set) var unreadBytes = 0

    /// Opens a folder, made if it is not there, and finds what an earlier run left.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be used, or another process uses it.
    package init(directory: String) throws(CommandFailure) {
        self.directory = directory
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandFailure(.cannotCreate, "cannot create the spool \(directory)")
        }
        lock = try Self.takeLock(directory)
        for number in try Self.segmentNumbers(directory) { try recover(number) }
    }

    /// Adds a message; it is durable after the next ``sync()``.
    package func append(_ record: SpoolRecord) throws(CommandFailure) {
        let before = pending.count
        record.append(to: &pending)
        unreadBytes += pending.count - before
        if writer == nil { try startSegment() }
        segments[segments.count - 1].records += 1
        count += 1
    }

    /// Makes what was added durable.
    package func sync() throws(CommandFailure) {
        guard !pending.isEmpty, var file = writer else { return }
        let bytes = pending
        pending.removeAll(keepingCapacity: true)
        try file.append(bytes)
        try file.sync()
        writer = file
        if file.size >= Self.segmentBytesMax { try closeSegment() }
    }

    /// The next message to send, in the order of writing; `nil` when all were taken. Only what is durable comes.
    package func next() throws(CommandFailure) -> SpoolRecord? {
        while let segment = segments.first(where: { $0.number >= reader.segment }) {
            if reader.segment != segment.number { reader = SpoolReader(segment: segment.number) }
            if let (record, bytes) = try reader.next(in: Self.path(directory, segment.number, "spool")) {
                unreadBytes = max(0, unreadBytes - bytes)
                if segment.done.contains(record.messageID) { continue }
                places[record.messageID] = segment.number
                return record
            }
            guard segment.isClosed else { return nil }
            reader = SpoolReader(segment: segment.number + 1)
        }
        return nil
    }

    /// Takes messages out that the broker has, or that it refused for good.
    package func settle(_ messages: some Collection<MessageID>) throws(CommandFailure) {
        var lines: [Int: [UInt8]] = [:]
        for id in messages {
            guard let number = places.removeValue(forKey: id),
                let index = segments.firstIndex(where: { $0.number == number })
            else { continue }
            segments[index].settled += 1
            count -= 1
            id.withUTF8 { lines[number, default: []].append(contentsOf: $0) }
            lines[number, default: []].append(UInt8(ascii: "\n"))
        }
        for (number, bytes) in lines {
            if let segment = segments.first(where: { $0.number == number }), Self.isFinished(segment) {
                try remove(number)
                continue
            }
            if doneFiles[number] == nil { doneFiles[number] = try SpoolFile(Self.path(directory, number, "done")) }
            try doneFiles[number]?.append(bytes)
        }
    }

    /// Ends the run: what is finished goes, what is not stays for the next one.
    package func finish() throws(CommandFailure) {
        try sync()
        try closeSegment()
        for segment in segments where Self.isFinished(segment) { try remove(segment.number) }
    }

    private func closeSegment() throws(CommandFailure) {
        guard writer != nil, !segments.isEmpty else { return }
        writer = nil
        segments[segments.count - 1].isClosed = true
        let last = segments[segments.count - 1]
        if Self.isFinished(last) { try remove(last.number) }
    }

    private func startSegment() throws(CommandFailure) {
        let number = max(segments.last?.number ?? 0, reader.segment) + 1
        writer = try SpoolFile(Self.path(directory, number, "spool"))
        segments.append(Segment(number: number))
        do throws(FileError) {
            try SafeFile.syncDirectory(of: Self.path(directory, number, "spool"))
        } catch {
            throw CommandFailure(.inputOutput, error.description)
        }
    }

    private func remove(_ number: Int) throws(CommandFailure) {
        doneFiles[number] = nil
        // In this order a crash in between leaves messages that are sent again, never lost ones.
        unlink(Self.path(directory, number, "spool"))
        unlink(Self.path(directory, number, "done"))
        segments.removeAll { $0.number == number }
    }

    private func recover(_ number: Int) throws(CommandFailure) {
        var segment = Segment(number: number, isClosed: true)
        segment.done = try SpoolReader.identities(in: Self.path(directory, number, "done"))
        var reader = SpoolReader(segment: number)
        let path = Self.path(directory, number, "spool")
        while let (record, bytes) = try reader.next(in: path) {
            segment.records += 1
            unreadBytes += bytes
            if segment.done.contains(record.messageID) { segment.settled += 1 }
        }
        count += segment.records - segment.settled
        if Self.isFinished(segment) {
            try remove(number)
        } else {
            segments.append(segment)
        }
    }

    private static func isFinished(_ segment: Segment) -> Bool {
        segment.isClosed && segment.settled >= segment.records
    }

    private static func takeLock(_ directory: String) throws(CommandFailure) -> OwnedDescriptor {
        let path = "\(directory)/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .creating(FileError("create", path, errno: errno)) }
        let lock = OwnedDescriptor(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw CommandFailure(
                .temporaryFailure,
                "another cmq-send uses the spool \(directory)",
                hint: "wait for it, or use a spool of its own"
            )
        }
        return lock
    }

    private static func segmentNumbers(_ directory: String) throws(CommandFailure) -> [Int] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(".spool") }
                .compactMap { Int($0.dropLast(6)) }
                .sorted()
        } catch {
            throw CommandFailure(.noInput, "cannot read the spool \(directory)")
        }
    }

    private static func path(_ directory: String, _ number: Int, _ suffix: String) -> String {
        let digits = String(number)
        return "\(directory)/\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits).\(suffix)"
    }
}
