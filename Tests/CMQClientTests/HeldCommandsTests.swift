import CMQWire
import NIOCore
import Testing

@testable import CMQClient

/// Commands for brokers that take whatever they read at once for one command.
@Suite struct HeldCommandsTests {
    private func id(_ text: String) throws -> MessageID {
        try #require(MessageID(text))
    }

    @Test func `lines come out one by one with what is expected of them`() throws {
        var held = HeldCommands()
        held.append(
            ByteBuffer(string: "publish x k {}\nack a\n"),
            [.publish(ticket: 7, id: try id("m")), .ack(try id("a"))]
        )
        held.append(ByteBuffer(string: "heartbeat\n"), [.heartbeat])
        let next = held.next()
        let first = try #require(next)
        #expect(String(buffer: first.line) == "publish x k {}\n")
        #expect(first.expectation == .publish(ticket: 7, id: try id("m")))
        #expect(first.refusal == nil)
        #expect(held.takeAll() == [.ack(try id("a")), .heartbeat])
        #expect(held.next() == nil)
    }

    @Test(arguments: [(4_096, false), (4_097, true)])
    func `a message longer than one read is refused`(bytes: Int, isRefused: Bool) throws {
        var held = HeldCommands()
        let line = String(repeating: "a", count: bytes - 1) + "\n"
        held.append(ByteBuffer(string: line), [.publish(ticket: 1, id: try id("m"))])
        held.append(ByteBuffer(string: line), [.command(1)])
        let next = held.next()
        let message = try #require(next)
        #expect((message.refusal != nil) == isRefused)
        if isRefused, case .notDone(let reason)? = message.refusal?.outcome {
            #expect(!Publisher.isTransient(reason))
        }
        #expect(held.next()?.refusal == nil)
    }
}
