import CMQClientCommand
import CMQCommand
import CMQWire
import Foundation
import TestSupport
import Testing

@Suite struct SpoolTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("spool") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func record(_ number: Int, sealed: Bool = true) throws -> SpoolRecord {
        SpoolRecord(
            messageID: try #require(MessageID("m\(number)")),
            destination: Destination(receiver: "bob \"B\"", exchange: "x", routingKey: "k"),
            line: number,
            body: sealed ? .sealed(Array("{\"n\":\(number)}".utf8)) : .plaintext([0, 255, UInt8(number)])
        )
    }

    private func readAll(_ spool: Spool) throws -> [SpoolRecord] {
        var records: [SpoolRecord] = []
        while let record = try spool.next() { records.append(record) }
        return records
    }

    private func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    @Test func recordsComeBackAsTheyWere() throws {
        let spool = try Spool(directory: path)
        let records = try [record(1), record(2, sealed: false)]
        for record in records { try spool.append(record) }
        #expect(try spool.next() == nil)
        try spool.sync()
        #expect(try readAll(spool) == records)
        #expect(spool.count == 2)
    }

    @Test func whatIsAcknowledgedIsGoneAndWhatIsNotComesAgain() throws {
        do {
            let spool = try Spool(directory: path)
            for number in 1...5 { try spool.append(try record(number)) }
            try spool.sync()
            let records = try readAll(spool)
            try spool.settle([records[0].messageID, records[3].messageID])
            try spool.finish()
        }
        let spool = try Spool(directory: path)
        #expect(spool.count == 3)
        let left = try readAll(spool)
        #expect(left == (try [2, 3, 5].map { try record($0) }))
        try spool.settle(left.map(\.messageID))
        try spool.finish()
        #expect(try files() == ["lock"])
    }

    @Test func aCrashAtAnyByteLosesNoWholeRecord() throws {
        do {
            let spool = try Spool(directory: path)
            for number in 1...3 { try spool.append(try record(number)) }
            try spool.sync()
        }
        let segment = "\(path)/00000001.spool"
        let content = try #require(FileManager.default.contents(atPath: segment))
        for length in 0...content.count {
            try content.prefix(length).write(to: URL(fileURLWithPath: segment))
            let whole = content.prefix(length).filter { $0 == UInt8(ascii: "\n") }.count
            let spool = try Spool(directory: path)
            #expect(try readAll(spool).map(\.line) == Array(1..<whole + 1))
            #expect(spool.count == whole)
            if !FileManager.default.fileExists(atPath: segment) {
                #expect(whole == 0)
            }
        }
    }

    @Test func newLinesGoBehindWhatIsLeft() throws {
        do {
            let spool = try Spool(directory: path)
            try spool.append(try record(1))
            try spool.sync()
        }
        let spool = try Spool(directory: path)
        try spool.append(try record(2))
        try spool.sync()
        #expect(try readAll(spool).map(\.line) == [1, 2])
    }

    @Test func finishedSegmentsAreRemovedWhileTheSpoolIsInUse() throws {
        let spool = try Spool(directory: path)
        let body = SpoolRecord.Body.sealed(Array("{\"x\":\"\(String(repeating: "y", count: 1 << 20))\"}".utf8))
        for number in 1...20 {
            var large = try record(number)
            large.body = body
            try spool.append(large)
            try spool.sync()
            let next = try #require(try spool.next())
            #expect(next.line == number)
            try spool.settle([next.messageID])
        }
        try spool.finish()
        #expect(try files() == ["lock"])
        #expect(spool.count == 0)
    }

    @Test func oneProcessUsesASpoolAtATime() throws {
        let spool = try Spool(directory: path)
        do throws(CommandFailure) {
            _ = try Spool(directory: path)
            Issue.record("a second user got in")
        } catch {
            #expect(error.status == .temporaryFailure)
        }
        #expect(spool.count == 0)
    }

    @Test func nobodyElseCanReadIt() throws {
        let spool = try Spool(directory: path)
        try spool.append(try record(1))
        try spool.sync()
        for name in ["spool", "spool/00000001.spool"] {
            let mode = try FileManager.default.attributesOfItem(atPath: directory.file(name))[.posixPermissions] as? Int
            #expect((mode ?? 0o777) & 0o077 == 0)
        }
    }
}
