import CMQCommand
import CMQWire
import Foundation
import Testing

@testable import CMQClientCommand

@Suite struct PrintedMessagesTests {
    private let pipe = Pipe()
    private let output: OutputDescriptor
    private let printed: PrintedMessages

    init() {
        output = OutputDescriptor(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        printed = PrintedMessages(output: output)
    }

    private func print(_ text: String) throws {
        let line = Array("\(text)\n".utf8)
        try printed.write(line, [(end: line.count, id: try #require(MessageID(text)))])
    }

    @Test func `a message counts as read when the reader has all of it`() throws {
        try print("first")
        try print("second")
        #expect(printed.takeRead().isEmpty)
        _ = try pipe.fileHandleForReading.read(upToCount: 8)
        #expect(printed.takeRead().map(\.description) == ["first"])
        _ = try pipe.fileHandleForReading.read(upToCount: 5)
        #expect(printed.takeRead().map(\.description) == ["second"])
    }

    @Test func `what is written while the pipe is measured does not make anything read`() throws {
        try print("first")
        let taken = printed.takeRead {
            let unread = output.unreadBytes
            #expect(throws: Never.self) { try print("second") }
            return unread
        }
        #expect(taken.isEmpty)
        _ = try pipe.fileHandleForReading.read(upToCount: 13)
        #expect(printed.takeRead().map(\.description) == ["first", "second"])
    }
}
