import CMQWire
import NIOCore
import Testing

@testable import CMQClient

@Suite struct ConnectionStateMachineTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
    private let times = ConnectionTimes(reply: .seconds(10), heartbeat: .seconds(30))

    /// What a line meant, in a form that can be compared.
    private func received(_ line: String, _ machine: inout ConnectionStateMachine, after: TimeAmount = .zero) -> String
    {
        Array(line.utf8).withUnsafeBytes { bytes in
            switch machine.received(bytes, now: start + after) {
            case .published(let report): "published \(report.ticket) \(report.outcome)"
            case .acknowledged: "acknowledged"
            case .received(let id, let envelope):
                "received \(String(decoding: id, as: UTF8.self)) \(String(decoding: envelope, as: UTF8.self))"
            case .drained(let id, _): "drained \(String(decoding: id, as: UTF8.self))"
            case .drainEnded: "drain ended"
            case .nothingToFetch: "nothing"
            case .reply(let command, let text): "reply \(command) \(String(decoding: text, as: UTF8.self))"
            case .established: "established"
            case .none: "none"
            case .close(let error): "close \(error.code.rawValue)"
            }
        }
    }

    private func established() -> ConnectionStateMachine {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent([.heartbeat], now: start)
        #expect(received("Heartbeat", &machine) == "established")
        return machine
    }

    private func id(_ text: String) throws -> MessageID {
        try #require(MessageID(text))
    }

    @Test func answersBelongToCommandsInOrder() throws {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent(
            [
                .publish(ticket: 7, id: try id("a")), .command(3), .ack(try id("b")),
                .publish(ticket: 8, id: try id("c")),
            ],
            now: start
        )
        #expect(received("ACK a", &machine) == "published 7 done")
        #expect(received("Queue declared", &machine) == "reply 3 Queue declared")
        #expect(received("ACK_CONFIRMED b", &machine) == "acknowledged")
        #expect(received("Error: no", &machine) == "published 8 notDone(reason: \"no\")")
        #expect(machine.outstanding == 0)
    }

    @Test func pushedMessagesComeBetweenAnyTwoAnswers() throws {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.startedConsuming()
        machine.sent([.command(1), .ack(try id("a"))], now: start)
        #expect(received("Message: x {\"k\": 1}", &machine) == "received x {\"k\": 1}")
        #expect(received("Subscribed to queue", &machine) == "reply 1 Subscribed to queue")
        #expect(received("Message: y {}", &machine) == "received y {}")
        #expect(received("ACK_CONFIRMED a", &machine) == "acknowledged")
    }

    @Test func aFetchedMessageIsAnAnswer() throws {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent([.fetch, .fetch, .fetch], now: start)
        #expect(received("Message: x {}", &machine) == "received x {}")
        #expect(machine.outstanding == 2)
        #expect(received("No messages", &machine) == "nothing")
        #expect(received("Missing queue name", &machine) == "close refused")
    }

    @Test(arguments: ["ACK b", "ACK_CONFIRMED a", "Message: a {}", "ACK ab"])
    func anAnswerThatFitsNoCommandEndsTheConnection(line: String) throws {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent([.publish(ticket: 1, id: try id("a"))], now: start)
        #expect(received(line, &machine) == "close protocol_violation")
    }

    @Test func anErrorWithoutACommandIsTheBrokersGoodbye() {
        var machine = ConnectionStateMachine(times: times, now: start)
        #expect(received("Error: certificate revoked", &machine) == "close refused")
        #expect(received("Queue bound", &machine) == "close protocol_violation")
    }

    @Test func theFirstAnswerEstablishesTheConnection() {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent([.heartbeat, .heartbeat], now: start)
        #expect(received("Unknown command", &machine) == "established")
        #expect(received("Heartbeat", &machine) == "none")
    }

    @Test func `only a broker that answers heartbeats is not an older one`() {
        #expect(!established().isOlderBroker)
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent([.heartbeat], now: start)
        #expect(received("Unknown command", &machine) == "established")
        #expect(machine.isOlderBroker)
    }

    @Test func `what waited before a subscription is drained, whatever is pushed meanwhile`() throws {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent([.heartbeat], now: start)
        _ = received("Unknown command", &machine)
        machine.startedConsuming()
        machine.sent([.drain], now: start)
        #expect(received("Message: a {}", &machine) == "drained a")
        machine.sent([.drain], now: start)
        // One was pushed; the fetch's own answers come behind it.
        #expect(received("Message: pushed {}", &machine) == "drained pushed")
        machine.sent([.drain], now: start)
        #expect(received("No messages", &machine) == "drain ended")
        #expect(machine.outstanding == 0)
        machine.sent([.ack(try id("a"))], now: start)
        #expect(received("No messages", &machine) == "none")
        #expect(received("Message: b {}", &machine) == "received b {}")
        #expect(received("ACK_CONFIRMED a", &machine) == "acknowledged")
    }

    @Test func anErrorInsteadOfTheFirstAnswerIsARefusal() {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent([.heartbeat], now: start)
        #expect(received("Error: too many connections", &machine) == "close refused")
    }

    @Test func silenceOfTheBrokerEndsTheConnection() throws {
        var machine = established()
        machine.sent([.publish(ticket: 1, id: try id("a")), .publish(ticket: 2, id: try id("b"))], now: start)
        #expect(machine.tick(now: start + .seconds(10)) == .none)
        #expect(received("ACK a", &machine, after: .seconds(10)) == "published 1 done")
        #expect(machine.tick(now: start + .seconds(20)) == .none)
        #expect(machine.tick(now: start + .seconds(21)) == .close(BrokerClientError(.timeout, "")))
        #expect(Array(machine.takeUnanswered()) == [.publish(ticket: 2, id: try id("b"))])
    }

    @Test func aPauseCallsForAHeartbeat() {
        var machine = established()
        #expect(machine.tick(now: start + .seconds(29)) == .none)
        #expect(machine.tick(now: start + .seconds(30)) == .sendHeartbeat)
        machine.sent([.heartbeat], now: start + .seconds(30))
        #expect(machine.tick(now: start + .seconds(39)) == .none)
    }

    @Test func waitingStartsWithTheCommandAndNotWithThePauseBefore() throws {
        var machine = established()
        machine.sent([.command(1)], now: start + .seconds(100))
        #expect(machine.tick(now: start + .seconds(109)) == .none)
    }

    @Test func connectingHasATimeOfItsOwn() {
        var machine = ConnectionStateMachine(times: times, now: start)
        machine.sent([.heartbeat], now: start)
        #expect(machine.tick(now: start + .seconds(60)) == .none)
    }
}
