import CMQConfiguration
import CMQJournal
import Foundation
import Testing

/// A broker whose disk fails while it works.
@Suite struct DiskFailureTests {
    private static let refusal = "Error: the broker's storage has failed, nothing more is accepted"

    private static func publish(_ number: Int, _ bytes: Int = 0) -> String {
        let padding = String(repeating: "A", count: bytes)
        return "publish x q {\"message_id\":\"m\(number)\",\"c\":\"\(padding)\"}"
    }

    /// A full disk fails the making of the next segment, a broken one a write or a sync.
    @Test(arguments: [FailingDisk.Operation.write, .syncData, .allocate])
    func nothingIsAcknowledgedAfterAFailureAndNothingBeforeItIsLost(operation: FailingDisk.Operation) async throws {
        let disk = FailingDisk()
        try await TestBroker.with(fileSystem: disk) { settings, _ in
            settings.limits.diskLowWaterBytes = 1 << 20
        } _: { broker in
            _ = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            for number in 0..<20 {
                #expect(try await alice.ask(Self.publish(number)) == ["ACK m\(number)"])
            }
            disk.fail(operation, errno: operation == .allocate ? ENOSPC : EIO)
            // Only what does not fit into the prepared segments meets a failure to make another one.
            var acknowledged = 20
            for number in 20..<200 {
                try await alice.send(Self.publish(number, 100_000) + "\n")
                let answer = await alice.lines(1).first
                guard answer == "ACK m\(number)" else {
                    #expect(answer == Self.refusal)
                    break
                }
                acknowledged += 1
            }
            #expect(operation == .allocate ? acknowledged < 200 : acknowledged == 20)
            #expect(await alice.rest().allSatisfy { $0 == Self.refusal }, "the session ends")
            await broker.log.wait(for: "The journal has failed, no more messages are accepted")
            disk.heal()
            try await broker.restarted { broker in
                let bob = try await broker.client("bob")
                let lines = try await bob.ask("consume q", answers: 1 + acknowledged)
                let identities = lines.dropFirst().compactMap { $0.split(separator: " ").dropFirst().first }
                #expect(identities == (0..<acknowledged).map { "m\($0)" })
                let alice = try await broker.client("alice")
                #expect(try await alice.ask(Self.publish(1000)) == ["ACK m1000"])
            }
        }
    }

    /// A message that cannot be read now is not lost: it comes when the disk is well again.
    @Test func aMessageThatCannotBeReadComesLater() async throws {
        let disk = FailingDisk()
        try await TestBroker.with(fileSystem: disk) { settings, _ in
            settings.limits.bodyMemoryBytes = 1 << 20
            settings.delivery.lease = .milliseconds(300)
            settings.delivery.maxDeliveries = 1_000
        } _: { broker in
            let bob = try await broker.consumer("bob", queue: "q")
            let alice = try await broker.client("alice")
            for number in 0..<40 {
                #expect(try await alice.ask(Self.publish(number, 100_000)) == ["ACK m\(number)"])
            }
            disk.fail(.read)
            try await bob.send("consume q 1\n")
            await broker.log.wait(for: "A message cannot be read from the journal")
            disk.heal()
            let lines = await bob.lines(2)
            #expect(lines.last?.hasPrefix("Message: m0 ") == true)
            try await bob.send("ack m0\n")
            // Whoever is slower than the lease is given it once more before the answer.
            var answer = await bob.lines(1).first
            while answer?.hasPrefix("Message: m0 ") == true { answer = await bob.lines(1).first }
            #expect(answer == "ACK_CONFIRMED m0")
        }
    }
}
