import Foundation
import TestSupport
import Testing

/// What a client that runs for months meets: a broker that is away, certificates that end, clocks that are set.
@Suite struct LongAbsenceTests {
    /// How long the broker is away at least: more than a few attempts of whoever waits.
    private static let absence =
        ProcessInfo.processInfo.environment["CMQ_ABSENCE_SECONDS"].flatMap(Int.init) ?? 8

    /// For longer than all attempts of a sender without a spool take; the waits in between grow to half a minute.
    @Test(.timeLimit(.minutes(5)))
    func `lines wait in the spool while the broker is away for long, and come when it is back`() async throws {
        try await ToolkitFixture.with { toolkit in
            let flow = try await Flow(toolkit)
            try flow.send(1...50)
            try await flow.waitUntilStored(50)
            await toolkit.killBroker()
            let patience = ["--to", "bob", "--wait", "\(Self.absence + 100)"]
            let patient = try toolkit.start("cmq-send", as: "alice", patience)
            try patient.write("101\n")
            try patient.closeInput()
            let impatient = try toolkit.start("cmq-send", as: "alice", ["--to", "bob"])
            try impatient.closeInput()
            #expect(await impatient.finish().status == 69)
            try flow.send(51...100)
            try await flow.waitUntilAway("connection refused")
            // Who waits for some seconds only, which are several attempts, has given up before the broker is back.
            let hasty = try toolkit.start("cmq-send", as: "alice", ["--to", "bob", "--wait", "\(Self.absence)"])
            try hasty.closeInput()
            #expect(await hasty.finish().status == 69)
            #expect(!flow.sender.hasEnded && !flow.receiver.hasEnded && !patient.hasEnded)
            try await toolkit.startBroker()
            try await flow.waitUntilStored(100)
            let sent = await patient.finish()
            #expect(sent.status == 0, "\(sent.errors)")
            try await flow.waitUntilStored(101)
            try flow.sender.closeInput()
            #expect(await flow.sender.finish().status == 0)
            flow.receiver.signal(SIGTERM)
            #expect(await flow.receiver.finish().status == 0)
            let stored = try toolkit.directory.read("out.jsonl").split(separator: "\n").count
            #expect(stored == 101)
        }
    }

    /// Everybody lives 400 days later than the certificates were made.
    @Test(.timeLimit(.minutes(5)), .enabled(if: Interposer.isAvailable, Interposer.reason))
    func `clients wait for certificates that have ended, and take the renewed ones`() async throws {
        let toolkit = try ToolkitFixture()
        let clock = try await ShiftedClock(in: toolkit.directory)
        try await toolkit.endingBroker {
            try await toolkit.startBroker(environment: clock.environment)
            let flow = try await Flow(toolkit, environment: clock.environment)
            try flow.send(1...10)
            try await flow.waitUntilStored(10)
            try clock.set(400 * ShiftedClock.day)
            await toolkit.killBroker()
            try await toolkit.startBroker(environment: clock.environment)
            try await flow.waitUntilAway("expired on")
            try flow.send(11...20)
            let renewed = try await run(
                "cmq-certs",
                ["renew", "--directory", "certs", "--days-left", "30"],
                in: toolkit.directory.url,
                environment: clock.environment
            )
            #expect(renewed.status == 0, "\(renewed.errors)")
            toolkit.signalBroker(SIGHUP)
            try await flow.waitUntilStored(20)
            try await flow.finish(20)
        }
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: Interposer.isAvailable, Interposer.reason))
    func `clocks that differ by days change nothing`() async throws {
        let toolkit = try ToolkitFixture()
        let (brokers, clients) = (
            try await ShiftedClock(in: toolkit.directory, name: "broker"),
            try await ShiftedClock(in: toolkit.directory, name: "clients")
        )
        try await toolkit.endingBroker {
            try await toolkit.startBroker(environment: brokers.environment)
            let flow = try await Flow(toolkit, environment: clients.environment)
            var count = 0
            for (broker, client) in [(0, 0), (3, 0), (-5, 0), (0, 0), (0, 20), (0, -3), (30, -3)] {
                try brokers.set(broker * ShiftedClock.day)
                try clients.set(client * ShiftedClock.day)
                try flow.send(count + 1...count + 20)
                count += 20
                try await flow.waitUntilStored(count)
            }
            try brokers.set(0)
            try clients.set(0)
            try await flow.finish(count)
        }
    }

    @Test(.timeLimit(.minutes(5)), .enabled(if: Interposer.isAvailable, Interposer.reason))
    func `clocks that jump by days, there and back, change nothing`() async throws {
        let toolkit = try ToolkitFixture()
        let clock = try await ShiftedClock(in: toolkit.directory)
        try await toolkit.endingBroker {
            try await toolkit.startBroker(environment: clock.environment)
            let flow = try await Flow(toolkit, environment: clock.environment)
            var count = 0
            func more() async throws {
                try flow.send(count + 1...count + 20)
                count += 20
                try await flow.waitUntilStored(count)
            }
            try await more()
            for days in [3, -5, 30, 0] {
                try clock.set(days * ShiftedClock.day)
                try await more()
            }
            // Before the certificates were made nobody can connect; whoever was connected waits.
            try clock.set(-5 * ShiftedClock.day)
            await toolkit.killBroker()
            try await toolkit.startBroker(environment: clock.environment)
            try await flow.waitUntilAway("not valid before")
            try clock.set(2 * ShiftedClock.day)
            try await more()
            try await flow.finish(count)
        }
    }
}
