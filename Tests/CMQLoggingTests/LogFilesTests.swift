import CMQLogging
import Foundation
import Glibc
import Logging
import TestSupport
import Testing

struct LogFilesTests {
    private let directory: TemporaryDirectory
    private let clock = TurnedClock("2025-09-08T07:03:00Z")
    private let complaints = Complaints()

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(
        info: String? = "info.log",
        debug: String? = nil,
        error: String? = nil,
        level: Logger.Level = .info,
        rotation: LogRotation = .never,
        sizeBytesMax: Int = 1 << 20,
        keptFiles: Int = 14
    ) throws -> LogFiles {
        try LogFiles(
            LogFiles.Paths(
                info: info.map(directory.file),
                debug: debug.map(directory.file),
                error: error.map(directory.file)
            ),
            level: level,
            rotation: rotation,
            sizeBytesMax: sizeBytesMax,
            keptFiles: keptFiles,
            clock: { [clock] in clock.now },
            complain: { [complaints] in complaints.add($0) }
        )
    }

    private func write(_ messages: String..., to files: LogFiles) {
        files.write(messages.map { record(.info, $0, at: clock.now) })
    }

    @Test func everyLevelGoesToItsFile() throws {
        let all: [Logger.Level] = [.trace, .debug, .info, .notice, .warning, .error, .critical]
        let files = try open(debug: "debug.log", error: "error.log", level: .trace)
        files.write(all.map { record($0, $0.rawValue) })
        #expect(try directory.messages(in: "info.log") == ["info", "notice", "warning"])
        #expect(try directory.messages(in: "error.log") == ["error", "critical"])
        #expect(try directory.messages(in: "debug.log") == all.map(\.rawValue))
    }

    @Test func theDebugFileStaysEmptyWhileTheLevelIsHigher() throws {
        let files = try open(debug: "debug.log", level: .info)
        files.write([record(.info, "a"), record(.error, "b")])
        #expect(try directory.read("debug.log") == "")
        #expect(try directory.messages(in: "info.log") == ["a"])
    }

    @Test func filesAreNotForEverybodyAndDirectoriesAreMade() throws {
        let files = try open(info: "logs/deep/info.log")
        write("a", to: files)
        let attributes = try FileManager.default.attributesOfItem(atPath: directory.file("logs/deep/info.log"))
        let mode = try #require(attributes[.posixPermissions] as? Int)
        #expect(mode & 0o137 == 0)
        #expect(try directory.messages(in: "logs/deep/info.log") == ["a"])
    }

    @Test func aDayEndsInAFileOfItsName() throws {
        let files = try open(rotation: .daily)
        write("a", to: files)
        clock.turn(to: "2025-09-08T23:59:59Z")
        write("b", to: files)
        #expect(try directory.names() == ["info.log"])
        clock.turn(to: "2025-09-10T00:00:00Z")
        write("c", to: files)
        #expect(try directory.names() == ["info.log", "info.log.2025-09-08"])
        #expect(try directory.messages(in: "info.log.2025-09-08") == ["a", "b"])
        #expect(try directory.messages(in: "info.log") == ["c"])
    }

    @Test func anHourEndsInAFileOfItsNameAlsoInsideOneBatch() throws {
        let files = try open(rotation: .hourly)
        files.write([
            record(.info, "a", at: TurnedClock.time("2025-09-08T07:59:59Z")),
            record(.info, "b", at: TurnedClock.time("2025-09-08T08:00:00Z")),
        ])
        #expect(try directory.messages(in: "info.log.2025-09-08T07") == ["a"])
        #expect(try directory.messages(in: "info.log") == ["b"])
    }

    @Test func aFileOfAnEarlierRunIsPutAwayUnderItsOwnDay() throws {
        try directory.write("{\"message\":\"old\"}\n", to: "info.log")
        let old = Date(timeIntervalSince1970: Double(TurnedClock.time("2025-09-06T12:00:00Z").secondsSinceEpoch))
        try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: directory.file("info.log"))
        let files = try open(rotation: .daily)
        write("new", to: files)
        #expect(try directory.messages(in: "info.log.2025-09-06") == ["old"])
        #expect(try directory.messages(in: "info.log") == ["new"])
    }

    @Test func aFileThatWouldGrowTooLargeIsPutAway() throws {
        let files = try open(sizeBytesMax: 200)
        for number in 0..<7 { write("message \(number)", to: files) }
        // A line has 74 bytes, so that two fit.
        #expect(try directory.read("info.log.2025-09-08").utf8.count == 148)
        #expect(
            try directory.names() == [
                "info.log", "info.log.2025-09-08", "info.log.2025-09-08.1", "info.log.2025-09-08.2",
            ]
        )
        #expect(try directory.messages(in: "info.log.2025-09-08.2") == ["message 4", "message 5"])
        #expect(try directory.messages(in: "info.log") == ["message 6"])
    }

    @Test func aBatchIsDividedAtTheSizeToo() throws {
        let files = try open(sizeBytesMax: 200)
        write("message 0", "message 1", "message 2", to: files)
        #expect(try directory.messages(in: "info.log.2025-09-08") == ["message 0", "message 1"])
        #expect(try directory.messages(in: "info.log") == ["message 2"])
    }

    @Test func onlyTheNewestFilesAreKept() throws {
        for name in ["info.log.notes", "info.log.2025-09-08.x", "info.log.20250908", "info.log.2025-09-08.1.gz"] {
            try directory.write("mine", to: name)
        }
        let foreign = try directory.names()
        let files = try open(rotation: .daily, sizeBytesMax: 80, keptFiles: 2)
        for day in ["01", "02", "03"] {
            clock.turn(to: "2025-10-\(day)T00:00:00Z")
            for number in 0..<12 { write("\(day) \(number)", to: files) }
        }
        let own = try directory.names().filter { !foreign.contains($0) }
        // The tenth file of a day is newer than its second.
        #expect(own == ["info.log", "info.log.2025-10-03.10", "info.log.2025-10-03.9"])
        #expect(try directory.messages(in: "info.log") == ["03 11"])
        #expect(try directory.messages(in: "info.log.2025-10-03.10") == ["03 10"])
        #expect(Set(foreign).isSubset(of: Set(try directory.names())))
    }

    @Test func reopensAfterSomebodyMovedTheFileAway() throws {
        let files = try open()
        write("a", to: files)
        try FileManager.default.moveItem(atPath: directory.file("info.log"), toPath: directory.file("moved"))
        write("b", to: files)
        #expect(files.reopen() == [])
        write("c", to: files)
        #expect(try directory.messages(in: "moved") == ["a", "b"])
        #expect(try directory.messages(in: "info.log") == ["c"])
    }

    @Test func aFileThatCannotBeReopenedStaysInUse() throws {
        let files = try open()
        write("a", to: files)
        try FileManager.default.moveItem(atPath: directory.file("info.log"), toPath: directory.file("moved"))
        try FileManager.default.createDirectory(atPath: directory.file("info.log"), withIntermediateDirectories: false)
        let errors = files.reopen()
        #expect(errors.map(\.path) == [directory.file("info.log")])
        #expect(errors.map(\.reason) == ["Is a directory"])
        write("b", to: files)
        #expect(try directory.messages(in: "moved") == ["a", "b"])
    }

    @Test func aFileThatCannotBeOpenedIsNamedAtTheStart() throws {
        try directory.write("", to: "file")
        let error = #expect(throws: LogFileError.self) { try open(info: "file/info.log") }
        #expect(error?.description == "cannot open the log \(directory.file("file/info.log")): Not a directory")
    }

    @Test func aFullDiskCostsLinesAndOneComplaint() throws {
        // A device that is always full.
        try FileManager.default.createSymbolicLink(
            atPath: directory.file("info.log"),
            withDestinationPath: "/dev/full"
        )
        let files = try open()
        write("a", "b", to: files)
        write("c", to: files)
        #expect(files.failedLines == 3)
        #expect(
            complaints.all == [
                "cannot write the log \(directory.file("info.log")): No space left on device; its lines are dropped "
                    + "until it works again"
            ]
        )
        try FileManager.default.removeItem(atPath: directory.file("info.log"))
        #expect(files.reopen() == [])
        write("d", to: files)
        #expect(try directory.messages(in: "info.log") == ["d"])
        #expect(complaints.all.last == "the log \(directory.file("info.log")) works again; 3 lines were lost")
        #expect(files.failedLines == 3)
    }

    @Test func aLineThatWasCutShortDoesNotSpoilTheNext() throws {
        // A pipe that is full takes a part of a batch, as a disk does.
        #expect(mkfifo(directory.file("info.log"), 0o600) == 0)
        let descriptor = Glibc.open(directory.file("info.log"), O_RDONLY | O_NONBLOCK)
        defer { close(descriptor) }
        let files = try open()
        files.write((0..<4_000).map { record(.info, "\($0)") })
        let taken = everything(in: descriptor)
        #expect(!taken.hasSuffix("\n"))
        let lines = taken.split(separator: "\n")
        #expect(files.failedLines == 4_000 - (lines.count - 1))
        write("next", to: files)
        let next = everything(in: descriptor)
        #expect(next.hasPrefix("\n{"))
        #expect(next.hasSuffix("\"message\":\"next\"}\n"))
        write("after", to: files)
        #expect(everything(in: descriptor).hasPrefix("{"))
    }

    /// What a pipe holds now.
    private func everything(in descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aFileThatCannotBePutAwayDoesNotGrow() throws {
        let files = try open(info: "logs/info.log", sizeBytesMax: 200)
        // Where the directory was, there is a file now: nothing can be put away or opened there.
        try FileManager.default.moveItem(atPath: directory.file("logs"), toPath: directory.file("away"))
        try directory.write("", to: "logs")
        for number in 0..<5 { write("message \(number)", to: files) }
        #expect(try directory.messages(in: "away/info.log") == ["message 0", "message 1"])
        #expect(files.failedLines == 3)
        #expect(complaints.all.count == 1)
    }
}
