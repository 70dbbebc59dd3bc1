import CMQClientCommand
import CMQCommand
import CMQWire
import Foundation
import TestSupport
import Testing

@Suite struct OutputFileTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("out.jsonl") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func line(_ id: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let plaintext = Array("{\"content\":1}".utf8)
        let id = try #require(MessageID(id))
        plaintext.withUnsafeBytes {
            MessageText.appendRecord(id, $0, .full, timestamp: "2025-10-08T00:00:00.000Z", to: &bytes)
        }
        return bytes
    }

    private func knows(_ file: OutputFile, _ id: String) throws -> Bool {
        file.identities.contains(try #require(MessageID(id)))
    }

    @Test func identitiesAreFoundAgain() throws {
        do {
            let file = try OutputFile(path: path)
            try file.append(try line("a") + line("b"), try ["a", "b"].map { try #require(MessageID($0)) })
            #expect(try knows(file, "a"))
        }
        let file = try OutputFile(path: path)
        #expect(file.count == 2)
        #expect(try knows(file, "a") && knows(file, "b"))
        #expect(try !knows(file, "c"))
        #expect(file.repair == nil)
    }

    @Test func aCrashAtAnyByteLeavesWholeLines() throws {
        let content = Data(try line("a") + line("b") + line("c"))
        for length in 0...content.count {
            let torn = content.prefix(length)
            try torn.write(to: URL(fileURLWithPath: path))
            let file = try OutputFile(path: path)
            var whole = torn.filter { $0 == UInt8(ascii: "\n") }.count
            // Only the line end is missing: the line is kept.
            if torn.last == UInt8(ascii: "}"), torn.count > 10, content[length] == UInt8(ascii: "\n") { whole += 1 }
            #expect(file.count == whole, "cut at \(length)")
            let mended = try directory.read("out.jsonl")
            #expect(mended.isEmpty || mended.hasSuffix("\n"))
            #expect(mended.split(separator: "\n").count == whole)
        }
    }

    @Test func aHoleOfZerosEndsWhatIsKept() throws {
        let content = Data(try line("a")) + Data(repeating: 0, count: 100) + Data(try line("b"))
        try content.write(to: URL(fileURLWithPath: path))
        let file = try OutputFile(path: path)
        #expect(file.count == 1)
        #expect(try directory.read("out.jsonl") == String(decoding: try line("a"), as: UTF8.self))
        #expect(file.repair != nil)
    }

    @Test func theEarlierReceiversFilesAreUnderstood() throws {
        try directory.write(
            #"{"message_id": "old", "message": "text", "timestamp": "2025-09-08 07:03:00"}"# + "\n",
            to: "out.jsonl"
        )
        #expect(try knows(try OutputFile(path: path), "old"))
    }

    @Test(arguments: ["hello\n", "hello", "{\"a\":1}\n"])
    func anotherKindOfFileIsLeftAlone(content: String) throws {
        try directory.write(content, to: "out.jsonl")
        do throws(CommandFailure) {
            _ = try OutputFile(path: path)
            Issue.record("the file was taken")
        } catch {
            #expect(error.status == .dataError)
        }
        #expect(try directory.read("out.jsonl") == content)
    }

    @Test func oneProcessWritesAtATime() throws {
        let first = try OutputFile(path: path)
        do throws(CommandFailure) {
            _ = try OutputFile(path: path)
            Issue.record("a second writer got in")
        } catch {
            #expect(error.status == .temporaryFailure)
        }
        #expect(first.count == 0)
    }
}
